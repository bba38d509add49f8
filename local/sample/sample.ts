/** `npm run sample`: a realistic day against the local system, which is started for the purpose when it does not run. */
import { parseArgs } from 'node:util';
import { randomBytes } from 'node:crypto';
import { buildFunctions } from '../../build.ts';
import { FolderLockedError } from '../azurite/folderLock.ts';
import { readRunningFile, type RunningFile } from '../start/runningFile.ts';
import { startLocal } from '../start/startLocal.ts';
import { runSample } from './runSample.ts';

const USAGE = `Posts a realistic day of adjustments to the local system and checks that every unit is accounted for.

  npm run sample                        a day of 2,000 lines
  npm run sample -- --lines 500         a smaller or larger day
  npm run sample -- --seed 7            another day; the same seed gives the same day, with new ids
  npm run sample -- --data FOLDER       the system that keeps its data in FOLDER instead of .local
`;
/** Local settings bring a line to its end within a minute; the rest is for slow machines. */
const SETTLE_WITHIN_MS = 240_000;
const DAY_MS = 86_400_000;
const LAST_LINES = 40;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      lines: { type: 'string', default: '2000' },
      seed: { type: 'string', default: '1' },
      data: { type: 'string', default: '.local' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  return onRunningSystem(values.data, async (running) => {
    const equal = await runSample({
      running,
      lineCount: wholeNumber('--lines', values.lines),
      seed: wholeNumber('--seed', values.seed),
      tag: randomBytes(4).toString('hex').toUpperCase(),
      bookingDate: new Date(Date.now() - DAY_MS).toISOString().slice(0, 10),
      settleWithinMs: SETTLE_WITHIN_MS,
      screen: process.stdout,
    });
    return equal ? 0 : 1;
  });
}

/** Works on the system of the data folder; one that is started for it is stopped again. */
async function onRunningSystem(
  dataFolder: string,
  work: (running: RunningFile) => Promise<number>,
): Promise<number> {
  const running = await runningSystem(dataFolder);
  if (running) return work(running);
  console.log(`Nothing is running on ${dataFolder}: starting it for the sample.`);
  const lastLines: string[] = [];
  const local = await startLocal({
    dataFolder,
    prepare: buildFunctions,
    report: (line) => {
      lastLines.push(line);
      if (lastLines.length > LAST_LINES) lastLines.shift();
    },
  });
  const stop = (): void => {
    console.log('\nStopping …');
    void local.close().then(() => process.exit(130));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, stop);
  try {
    const exitCode = await work(local.running());
    if (exitCode !== 0) console.log(lastLines.join('\n'));
    return exitCode;
  } catch (error) {
    console.log(lastLines.join('\n'));
    throw error;
  } finally {
    await local.close();
    console.log('Stopped what was started for the sample; its data is kept.');
  }
}

/** Undefined when no system runs on the folder, also where one was killed and left its file behind. */
async function runningSystem(dataFolder: string): Promise<RunningFile | undefined> {
  const running = await readRunningFile(dataFolder).catch(() => undefined);
  if (running === undefined) return undefined;
  const answers = await fetch(`${running.dynamicsUrl}/control/totals`, {
    signal: AbortSignal.timeout(10_000),
  }).then(
    ({ ok }) => ok,
    () => false,
  );
  return answers ? running : undefined;
}

function isArgumentError(error: unknown): error is Error {
  return error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}

/** @throws RangeError */
function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1)
    throw new RangeError(`${name} is "${text}"; it must be a whole number from 1 up`);
  return number;
}

try {
  process.exitCode = await main();
} catch (error) {
  // What the user can mend is said in a line; a stack trace helps only with what they cannot.
  const known = error instanceof FolderLockedError || error instanceof RangeError || isArgumentError(error);
  console.error(known ? error.message : error);
  process.exitCode = 1;
}

/** `npm start`: builds the functions and runs everything on this machine until Ctrl-C. */
import { resolve } from 'node:path';
import { buildFunctions } from '../build.ts';
import { FolderLockedError } from './azurite/folderLock.ts';
import { readArguments, USAGE } from './start/arguments.ts';
import { greeting } from './start/greeting.ts';
import { readScenario, ScenarioError } from './dynamics/control/readScenario.ts';
import { requestToken } from './start/localToken.ts';
import { startLocal } from './start/startLocal.ts';

async function main(): Promise<void> {
  const { dataFolder, reset, scenarioFile, help } = readArguments(process.argv.slice(2));
  if (help) {
    console.log(USAGE);
    return;
  }
  const scenario = scenarioFile === undefined ? undefined : await readScenario(scenarioFile);
  if (scenario) console.log(`The Dynamics side plays: ${scenario.description}`);
  const started = startLocal({
    dataFolder,
    reset,
    ...(scenario ? { scenario } : {}),
    prepare: buildFunctions,
    report: (line) => console.log(line),
  });
  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) {
      console.log('Still stopping: the data is being written.');
      return;
    }
    stopping = true;
    console.log('\nStopping …');
    try {
      // During the start, it stops as soon as it has started.
      await (await started).close();
      console.log('Stopped; the data is kept.');
    } catch {
      // A failed start reports itself below and has stopped what it had started.
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop());

  const local = await started;
  if (stopping) return;
  const running = local.running();
  const token = await requestToken(running.token);
  const dataBytes = await local.dataSize();
  if (!stopping) console.log(greeting({ running, token, dataFolder: resolve(dataFolder), dataBytes }));
}

try {
  await main();
} catch (error) {
  // What the user can mend is said in a line; a stack trace helps only with what they cannot.
  const known =
    error instanceof FolderLockedError || error instanceof ScenarioError || error instanceof TypeError;
  console.error(known ? error.message : error);
  process.exitCode = 1;
}

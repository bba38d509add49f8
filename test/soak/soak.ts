/**
 * Five minutes of real processes that are killed, paused and cut off while clients post, and then the books.
 *
 *   npm run soak                     five minutes, choices by a seed that it prints
 *   npm run soak -- --seed 17        the same choices once more
 *   npm run soak -- --seconds 900    for so long
 *   npm run soak -- --short          the form that the tests run
 *   npm run soak -- --keep           leaves the parts' log and the Dynamics side's state
 */
import { CommandLine } from '../support/commandLine.ts';
import { runSoak } from './runSoak.ts';
import { longForm, SHORT_FORM } from './soakShapes.ts';
import type { SoakSystem } from './soakSystem.ts';
import { soakTable } from './soakTable.ts';

/** After so much more than it should take, it is ended. */
const GRACE_MS = 300_000;

const commandLine = new CommandLine(import.meta.filename);
const values = commandLine.read({
  seconds: { type: 'string', default: '300' },
  seed: { type: 'string' },
  short: { type: 'boolean', default: false },
  keep: { type: 'boolean', default: false },
});
const seconds = Math.max(10, commandLine.wholeNumber('seconds', values.seconds));
const seed = commandLine.wholeNumber('seed', values.seed ?? String(Date.now() % 1_000_000));
console.log(
  `npm run soak -- --seed ${seed}${values.short ? ' --short' : ` --seconds ${seconds}`} repeats these choices`,
);

let system: SoakSystem | undefined;
process.on('exit', () => system?.abandon());
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));
setTimeout(
  () => {
    console.error(`the soak has not ended in time and is given up; see ${system?.folder ?? 'nothing'}`);
    process.exit(1);
  },
  seconds * 1000 + GRACE_MS,
).unref();

const result = await runSoak({
  ...(values.short ? SHORT_FORM : longForm(seconds)),
  seed,
  keepsFolder: values.keep,
  report: (line) => console.log(line),
  onSystem: (started) => (system = started),
});
console.log(`\n${soakTable(result)}`);
for (const violation of result.violations) console.log(`VIOLATION ${violation}`);
if (result.folder !== undefined) console.log(`everything stands in ${result.folder}`);
process.exit(result.violations.length > 0 ? 1 : 0);

/** A worker process: carries out tasks that come as messages, with the planted bug it was started with, if any. */
import { PLANTED_BUGS } from './planted/plantedBugs.ts';
import { plantInSource } from './planted/plantInSource.ts';
import type { Task } from './workerTasks.ts';

const name = process.argv[2];
const bug = name === undefined ? undefined : PLANTED_BUGS.find((each) => each.name === name);
if (name !== undefined && bug === undefined) throw new Error(`no planted bug is called "${name}"`);
if (bug?.source) plantInSource(bug.source);
// The product's sources are loaded after the bug is planted.
const { runTask } = await import('./runTask.ts');

process.on('message', (task: Task) => {
  runTask(task, bug?.ports).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: error instanceof Error ? error.stack : String(error) }),
  );
});
process.send?.({ ready: true });

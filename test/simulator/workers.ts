/** Worker processes of the simulator: a run is single-threaded, so each core takes runs of its own. */
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { Task, TaskResult } from './workerTasks.ts';

interface Reply {
  readonly ready?: true;
  readonly result?: TaskResult;
  readonly error?: string;
}

export class Worker {
  readonly #child: ChildProcess;
  readonly #ready: Promise<Reply>;

  /** @param bug name of the planted bug to work with. */
  constructor(bug?: string) {
    this.#child = fork(join(import.meta.dirname, 'worker.ts'), bug === undefined ? [] : [bug]);
    this.#ready = this.#reply();
  }

  /** @throws Error when the worker failed, or could not be started. */
  async run(task: Task): Promise<TaskResult> {
    await this.#ready;
    const reply = this.#reply();
    this.#child.send(task);
    const { result, error } = await reply;
    if (result === undefined) throw new Error(`a worker failed: ${error ?? 'no result'}`);
    return result;
  }

  end(): void {
    this.#child.kill();
  }

  #reply(): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const ended = (code: number | null): void => reject(new Error(`a worker ended with code ${code}`));
      this.#child.once('exit', ended);
      this.#child.once('message', (reply: Reply) => {
        this.#child.off('exit', ended);
        resolve(reply);
      });
    });
  }
}

/** Carries out tasks on `count` workers; `done` is called with each result as it comes. */
export async function runOnWorkers(
  count: number,
  tasks: readonly Task[],
  done: (task: Task, result: TaskResult) => void,
): Promise<void> {
  const waiting = [...tasks];
  await Promise.all(
    Array.from({ length: count }, async () => {
      const worker = new Worker();
      try {
        for (let task = waiting.shift(); task !== undefined; task = waiting.shift())
          done(task, await worker.run(task));
      } finally {
        worker.end();
      }
    }),
  );
}

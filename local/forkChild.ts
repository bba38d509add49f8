/**
 * The parent's side of childMain.ts: starts a local part as a process of its own and waits until it is ready.
 *
 * The child stands in its own process group, so that Ctrl-C reaches only the parent, which then ends its children in
 * the right order. A child whose parent is gone notices the closed channel and ends by itself.
 */
import { fork } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface ChildOptions {
  /** Named in error messages, e.g. `broker`. */
  readonly name: string;
  readonly entry: URL;
  /** Handed over as JSON. */
  readonly options: unknown;
  /** The child's environment variables; this process's own when absent. */
  readonly env?: NodeJS.ProcessEnv;
  /** Receives each line that the child writes to standard output or standard error. */
  readonly onLine?: (line: string) => void;
}

export interface ChildExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Child<Ready> {
  readonly pid: number;
  readonly ready: Ready;
  /** Resolves when the process has ended, however that came about. */
  readonly exited: Promise<ChildExit>;
  /** Tells it to end and waits until it has; a child that does not end within `graceMs` is killed. */
  close(graceMs?: number): Promise<void>;
  /** Ends it on the spot, as a crash would. */
  kill(): Promise<void>;
}

const START_DEADLINE_MS = 60_000;
/** Type stripping is still announced as experimental by Node 22; Azurite's libraries use the deprecated punycode. */
const QUIET = ['--disable-warning=ExperimentalWarning', '--disable-warning=DEP0040'];

/** Starts the part. @throws Error naming the part and its own reason when it does not become ready. */
export async function forkChild<Ready>(options: ChildOptions): Promise<Child<Ready>> {
  const { name, entry, env = process.env, onLine = () => undefined } = options;
  const child = fork(fileURLToPath(entry), [JSON.stringify(options.options)], {
    env,
    execArgv: QUIET,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const lastLines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue;
    createInterface({ input: stream }).on('line', (line) => {
      lastLines.push(line);
      if (lastLines.length > 20) lastLines.shift();
      onLine(line);
    });
  }
  const exited = new Promise<ChildExit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  // A message to a child that has just died fails here; its end is what counts.
  child.on('error', () => undefined);

  const ready = await new Promise<Ready>((resolve, reject) => {
    const fail = (reason: string) => {
      clearTimeout(deadline);
      reject(new Error(`${name} did not start: ${reason}`));
    };
    const deadline = setTimeout(() => {
      child.kill('SIGKILL');
      fail(`not ready within ${START_DEADLINE_MS / 1000} s`);
    }, START_DEADLINE_MS);
    child.on('message', (message: { ready?: Ready; failed?: string }) => {
      if (message.failed !== undefined) fail(message.failed);
      else if (message.ready !== undefined) {
        clearTimeout(deadline);
        resolve(message.ready);
      }
    });
    child.once('error', (error) => fail(error.message));
    void exited.then(({ code, signal }) =>
      fail(`it ended (${signal ?? `exit code ${code}`}): ${lastLines.join(' | ')}`),
    );
  });

  return {
    pid: child.pid ?? 0,
    ready,
    exited,
    async close(graceMs = 20_000) {
      if (child.connected) {
        child.send('shutdown', () => {
          if (child.connected) child.disconnect();
        });
      }
      const killer = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await exited;
      clearTimeout(killer);
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readRunningFile } from './runningFile.ts';

const START = fileURLToPath(new URL('../start.ts', import.meta.url));
let folder: string;
const cleanUp: (() => void)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'npm-start-'));
});
afterEach(async () => {
  for (const step of cleanUp.splice(0)) step();
  await rm(folder, { recursive: true, force: true });
});

function npmStart(...args: string[]) {
  const child = spawn(process.execPath, [START, '--data', folder, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  cleanUp.push(() => child.kill('SIGKILL'));
  const lines: string[] = [];
  const output = [child.stdout, child.stderr].map((input) => createInterface({ input }));
  const greeted = new Promise<void>((resolve) => {
    for (const stream of output) {
      stream.on('line', (line) => {
        lines.push(line);
        if (line.startsWith('Ctrl-C stops')) resolve();
      });
    }
  });
  const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  return { child, lines, ended, greeted: Promise.race([greeted, ended]) };
}
const isGone = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
};

describe('npm start', () => {
  it('prints addresses, token and calls to copy, refuses a second start, and ends on Ctrl-C with all its parts', async () => {
    const first = npmStart();
    await first.greeted;
    const { functionsUrl, dynamicsUrl, processIds } = await readRunningFile(folder);
    const text = first.lines.join('\n');
    for (const expected of [functionsUrl, dynamicsUrl, folder, "TOKEN='ey", 'curl -sS', '--reset']) {
      expect(text).toContain(expected);
    }

    const second = npmStart();
    expect(await second.ended).toEqual([1, null]);
    expect(second.lines).toHaveLength(1);
    expect(second.lines[0]).toContain(`${folder} is in use by process ${first.child.pid}`);

    first.child.kill('SIGINT');
    expect(await first.ended).toEqual([0, null]);
    expect(first.lines.at(-1)).toBe('Stopped; the data is kept.');
    expect(Object.values(processIds).filter((pid) => !isGone(pid))).toEqual([]);
    expect(await readdir(folder)).not.toContain('lock.json');
  });

  it('says what it did not understand', async () => {
    const { ended, lines } = npmStart('--rest');
    expect(await ended).toEqual([1, null]);
    expect(lines.join(' ')).toContain('--rest');
  });

  it('says what is wrong with a scenario, and that there is none', async () => {
    const wrong = npmStart('--scenario', 'local/start/environment.json');
    expect(await wrong.ended).toEqual([1, null]);
    expect(wrong.lines.join(' ')).toContain('environment.json: A scenario');
    const missing = npmStart('--scenario', 'nowhere.json');
    expect(await missing.ended).toEqual([1, null]);
    expect(missing.lines).toHaveLength(1);
  });

  it('explains itself', async () => {
    const { ended, lines } = npmStart('--help');
    expect(await ended).toEqual([0, null]);
    expect(lines.join('\n')).toContain('npm start -- --reset');
  });
});

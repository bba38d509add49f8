import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockFolder } from './folderLock.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'folder-lock-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});
const lockFile = () => join(folder, 'lock.json');
/** The file of who takes over a lock with this content. */
const claimOn = (content: string) =>
  `${lockFile()}.after-${createHash('sha256').update(content).digest('hex').slice(0, 16)}`;

describe('the lock of a folder', () => {
  it('refuses a second holder, naming the folder and the process', async () => {
    const lock = await lockFolder(folder);
    await expect(lockFolder(folder)).rejects.toThrow(`${folder} is in use by process ${process.pid}`);
    await lock.release();
  });

  it('can be taken again once it is released, and leaves nothing behind', async () => {
    await (await lockFolder(folder)).release();
    await (await lockFolder(folder)).release();
    expect(await readdir(folder)).toEqual([]);
  });

  it('waits for a holder that is about to end', async () => {
    const first = await lockFolder(folder);
    const second = lockFolder(folder, { waitMs: 10_000 });
    await first.release();
    await (await second).release();
  });

  it('is taken over from a process that is gone', async () => {
    const gone = spawn(process.execPath, ['-e', '']);
    await once(gone, 'exit');
    await writeFile(lockFile(), JSON.stringify({ pid: gone.pid, startedAt: 'some time ago' }));
    const lock = await lockFolder(folder);
    expect(JSON.parse(await readFile(lockFile(), 'utf8'))).toMatchObject({ pid: process.pid });
    await lock.release();
  });

  it.skipIf(process.platform === 'win32')(
    'is taken over when its process id belongs to a younger process',
    async () => {
      await writeFile(lockFile(), JSON.stringify({ pid: process.pid, startedAt: 'before this process' }));
      await (await lockFolder(folder)).release();
    },
  );

  it('is taken over when its file is damaged', async () => {
    await writeFile(lockFile(), '{"pid":');
    await (await lockFolder(folder)).release();
  });

  it('has one holder when many come at a stale lock at once', async () => {
    for (let round = 0; round < 40; round++) {
      await writeFile(lockFile(), JSON.stringify({ pid: 2 ** 30, startedAt: '', id: round }));
      const results = await Promise.allSettled(Array.from({ length: 8 }, () => lockFolder(folder)));
      const taken = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
      expect(taken).toHaveLength(1);
      expect(await readdir(folder)).toEqual(['lock.json']);
      await taken[0]?.release();
    }
  });

  it('is taken over when who took it over was stopped before the end of that', async () => {
    const gone = (id: string): string => JSON.stringify({ pid: 2 ** 30, startedAt: '', id });
    await writeFile(lockFile(), gone('first'));
    await writeFile(claimOn(gone('first')), gone('second'));
    await writeFile(claimOn(gone('second')), gone('third'));
    const lock = await lockFolder(folder);
    await expect(lockFolder(folder)).rejects.toThrow(`in use by process ${process.pid}`);
    expect(await readdir(folder)).toEqual(['lock.json']);
    await lock.release();
  });

  it('is held by who is just taking it over', async () => {
    const stale = JSON.stringify({ pid: 2 ** 30, startedAt: '' });
    await writeFile(lockFile(), stale);
    await writeFile(claimOn(stale), JSON.stringify({ pid: process.pid, startedAt: '' }));
    await expect(lockFolder(folder)).rejects.toThrow(`in use by process ${process.pid}`);
  });

  it('is not released by somebody who no longer holds it', async () => {
    const lock = await lockFolder(folder);
    await writeFile(lockFile(), 'another');
    await lock.release();
    expect(await readFile(lockFile(), 'utf8')).toBe('another');
  });
});

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startStorageGuard } from './storageGuard.ts';
import type { StorageGuard } from './storageGuard.ts';

let folder: string;
let guard: StorageGuard | undefined;
const warnings: string[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'storage-guard-'));
  warnings.length = 0;
});
afterEach(async () => {
  guard?.close();
  await rm(folder, { recursive: true, force: true });
});

async function start() {
  const fullFile = `${folder}.full`;
  const onWarning = (message: string) => warnings.push(message);
  guard = await startStorageGuard({ folder, fullFile, onWarning, warnBytes: 1_000, fullBytes: 2_000 });
  const grow = async (bytes: number) => {
    await writeFile(join(folder, 'data.json'), 'x'.repeat(bytes));
    return guard?.check();
  };
  const full = () => readFile(fullFile, 'utf8').catch(() => undefined);
  return { grow, full, fullFile };
}

it('warns once when the data is large, and refuses new lines when it is full', async () => {
  const { grow, full, fullFile } = await start();
  expect(await grow(999)).toBe(999);
  expect(warnings).toEqual([]);
  await grow(1_000);
  await grow(1_500);
  expect(warnings).toHaveLength(1);
  expect(await full()).toBeUndefined();
  await grow(2_000);
  expect(warnings).toHaveLength(2);
  expect(await full()).toMatch(/--reset/);
  await grow(1_200);
  expect(await full()).toBeUndefined();
  expect(warnings).toHaveLength(2);
  await rm(fullFile, { force: true });
});

it('forgets what an earlier run left behind', async () => {
  await writeFile(`${folder}.full`, 'old');
  const { full } = await start();
  expect(await full()).toBeUndefined();
});

/** Before the tests: builds the deployment bundle when it is older than its sources, so that any single test can run. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildFunctions } from '../../build.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SOURCES = ['build.ts', 'package-lock.json', 'functions', 'shared'];

/** Vitest calls it once per run. */
export default async function buildBundle(): Promise<void> {
  const built = await modifiedAt(join(ROOT, 'dist/functions.cjs')).catch(() => -Infinity);
  const changed = await Promise.all(SOURCES.map((source) => newestIn(join(ROOT, source))));
  if (Math.max(...changed) >= built) await buildFunctions();
}

/** When the newest file at or below a path was changed, milliseconds since the Unix epoch. */
async function newestIn(path: string): Promise<number> {
  if (!(await stat(path)).isDirectory()) return modifiedAt(path);
  const entries = await readdir(path, { recursive: true });
  return Math.max(
    ...(await Promise.all(entries.map((entry) => modifiedAt(join(path, entry)).catch(() => 0)))),
  );
}

async function modifiedAt(path: string): Promise<number> {
  return (await stat(path)).mtimeMs;
}

/** Starts the yardstick on the same functions host and the same local parts as the product. */
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleApp } from '../../../build.ts';
import { LocalSystem } from '../../support/localSystem.ts';

/** A running system whose close() also removes its app. */
export async function startRowPerLine(): Promise<LocalSystem> {
  const appRoot = await mkdtemp(join(tmpdir(), 'row-per-line-'));
  try {
    await bundleApp('test/bench/rowPerLine/app.ts', join(appRoot, 'app.cjs'));
    await writeFile(join(appRoot, 'package.json'), JSON.stringify({ main: 'app.cjs' }));
    await copyFile(new URL('../../../host.json', import.meta.url), join(appRoot, 'host.json'));
    return await LocalSystem.start({ appRoot });
  } finally {
    // The host has loaded it.
    await rm(appRoot, { recursive: true, force: true });
  }
}

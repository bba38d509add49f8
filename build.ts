/** Bundles the functions for deployment: one CommonJS file, `@azure/functions-core` left to the host. */
import { build } from 'esbuild';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Writes dist/functions.cjs, the file that package.json names as the app's entry. */
export async function buildFunctions(): Promise<void> {
  const { outputFiles } = await build({
    absWorkingDir: import.meta.dirname,
    entryPoints: ['functions/index.ts'],
    outfile: 'dist/functions.cjs',
    write: false,
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    external: ['@azure/functions-core'],
    sourcemap: 'linked',
    logLevel: 'warning',
  });
  // Each file in one step: a host that loads the bundle at this moment must not meet half of it.
  for (const { path, contents } of outputFiles) {
    const draft = `${path}.${process.pid}`;
    await mkdir(dirname(path), { recursive: true });
    await writeFile(draft, contents);
    await rename(draft, path);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await buildFunctions();

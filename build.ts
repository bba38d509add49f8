/** Bundles the functions for deployment: one CommonJS file, `@azure/functions-core` left to the host. */
import { build } from 'esbuild';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Writes dist/functions.cjs, the file that package.json names as the app's entry. */
export function buildFunctions(): Promise<void> {
  return bundleApp('functions/index.ts', 'dist/functions.cjs');
}

/** Bundles a functions app. @param entryPoint from the root of the project @param outfile from there, or absolute */
export async function bundleApp(entryPoint: string, outfile: string): Promise<void> {
  const { outputFiles } = await build({
    absWorkingDir: import.meta.dirname,
    entryPoints: [entryPoint],
    outfile,
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

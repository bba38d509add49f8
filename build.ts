/** Bundles the functions for deployment: one CommonJS file, `@azure/functions-core` left to the host. */
import { build } from 'esbuild';
import { pathToFileURL } from 'node:url';

/** Writes dist/functions.cjs, the file that package.json names as the app's entry. */
export async function buildFunctions(): Promise<void> {
  await build({
    absWorkingDir: import.meta.dirname,
    entryPoints: ['functions/index.ts'],
    outfile: 'dist/functions.cjs',
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    external: ['@azure/functions-core'],
    sourcemap: 'linked',
    keepNames: true,
    logLevel: 'warning',
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await buildFunctions();

/**
 * Loads an app the way the Node worker does: every file that package.json's `main` matches, in its own module
 * format. A file that throws blocks the app (on Node 20 and later the worker serves no function at all then).
 */
import { globSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { AppError } from './appError.ts';

interface PackageJson {
  readonly main?: unknown;
  readonly type?: unknown;
}

function readPackage(appRoot: string): PackageJson {
  const file = path.join(appRoot, 'package.json');
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as PackageJson;
  } catch (error) {
    throw new AppError(`${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

/** @throws AppError naming the file that is missing or that failed */
export async function loadApp(appRoot: string): Promise<void> {
  const packageJson = readPackage(appRoot);
  const { main } = packageJson;
  if (typeof main !== 'string' || main === '')
    throw new AppError(
      `${path.join(appRoot, 'package.json')} names no "main"; set it to the app's entry file`,
    );
  const files = globSync(main, { cwd: appRoot }).sort();
  if (files.length === 0)
    throw new AppError(
      `no file in ${appRoot} matches "main" of package.json ("${main}"); build the app first`,
    );
  const require = createRequire(path.join(appRoot, 'package.json'));
  for (const relative of files) {
    const file = path.resolve(appRoot, relative);
    const isModule = file.endsWith('.mjs') || (packageJson.type === 'module' && !file.endsWith('.cjs'));
    try {
      if (isModule) await import(pathToFileURL(file).href);
      else {
        // A host that is started again in one process must run the file again for it to register again.
        Reflect.deleteProperty(require.cache, file);
        require(file);
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new AppError(`${file} could not be loaded: ${reason}`, { cause: error });
    }
  }
}

/** Changes the text of a source file as it is loaded, in this process only. */
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import type { PlantedBug } from './plantedBug.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');

/** @throws Error when a text to replace is not there, or not once: the source has moved on, and the bug must follow it. */
export function checkTexts(changes: NonNullable<PlantedBug['source']>): void {
  for (const { file, from } of changes) {
    const parts = readFileSync(join(ROOT, file), 'utf8').split(from).length - 1;
    if (parts !== 1)
      throw new Error(`${file} holds the text to replace ${parts} times, not once: ${JSON.stringify(from)}`);
  }
}

/** Call it before the files are imported. @throws Error as {@link checkTexts} does. */
export function plantInSource(changes: NonNullable<PlantedBug['source']>): void {
  checkTexts(changes);
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      const own = url.startsWith('file:')
        ? changes.filter(({ file }) => fileURLToPath(url) === join(ROOT, file))
        : [];
      if (own.length === 0) return loaded;
      let source = Buffer.from(loaded.source as Uint8Array).toString('utf8');
      for (const { from, to } of own) source = source.replace(from, () => to);
      return { ...loaded, source };
    },
  });
}

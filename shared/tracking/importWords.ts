/**
 * Which of an import's errors speak of a line. Entities with a key of ours name it; of the others SCM names the item, or
 * a number within the file, or nothing, and then a person has to read all there is.
 */
import type { ImportError, ImportStatus } from '../supplyChain/supplyChain.ts';

/** Kept per line. */
const MAX_LENGTH = 500;

export type FinalImport = ImportStatus & { readonly kind: 'final' };

export interface NamedLine {
  readonly aggregatedLineId: string;
  readonly productId: string;
  /** Within its journal, as it was sent. */
  readonly lineNumber: number;
}

/** SCM's own words for a line that was not created: those that name it most closely, or all. */
export function wordsFor({ messageStatus, errors }: FinalImport, line: NamedLine): string {
  const own = errors.find(({ aggregatedLineId }) => aggregatedLineId === line.aggregatedLineId);
  if (own !== undefined) return own.message;
  const general = errors.filter(({ aggregatedLineId }) => aggregatedLineId === undefined);
  const item = wordPattern(line.productId);
  for (const isMeant of [
    ({ record, message }: ImportError) => item.test(message) || item.test(record ?? ''),
    ({ record }: ImportError) => record === String(line.lineNumber),
    () => true,
  ]) {
    const meant = new Set(general.filter(isMeant).map(({ message }) => message));
    if (meant.size > 0) return [...meant].join(' · ').slice(0, MAX_LENGTH);
  }
  return `The import ended as ${messageStatus}.`;
}

/** The item as a word of its own: A1 is not meant by A10. */
function wordPattern(item: string): RegExp {
  const literal = item.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`(?<![\\p{L}\\p{N}])${literal}(?![\\p{L}\\p{N}])`, 'iu');
}

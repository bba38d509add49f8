/**
 * Packs adjustment journals into data packages, in the order of their numbers: at most the configured number of
 * journals and at most the configured number of bytes. A journal is never divided, so a single journal may make a
 * package that is larger than the limit.
 */
import type { AggregatedLine, Journal } from './aggregatedLine.ts';
import type { FoldingSettings } from './foldingRules.ts';

/** The files of a package are UTF-16. */
const BYTES_PER_CHARACTER = 2;
/** Manifest, package header, and the header rows of the files. */
const CHARACTERS_PER_PACKAGE = 20_000;
/** Journal number, name, description, expected status. */
const CHARACTERS_PER_JOURNAL = 150;
/** Id, journal number, line number, journal name, date, the separators, and the quotes around six values. */
const CHARACTERS_PER_LINE = 36 + 20 + 6 + 20 + 10 + 30 + 12;

/** Per package, from 1: the numbers of its journals. */
export function packJournals(
  journals: readonly Journal[],
  limits: Pick<FoldingSettings, 'maxJournalCountPerPackage' | 'maxPackageBytes'>,
): number[][] {
  const packages: number[][] = [];
  let current: number[] = [];
  let bytes = 0;
  for (const journal of journals) {
    if (journal.kind !== 'adjustment') continue;
    const journalBytes = estimatedBytes(journal);
    const isFull =
      current.length >= limits.maxJournalCountPerPackage || bytes + journalBytes > limits.maxPackageBytes;
    if (current.length === 0 || isFull) {
      packages.push((current = []));
      bytes = CHARACTERS_PER_PACKAGE * BYTES_PER_CHARACTER;
    }
    current.push(journal.number);
    bytes += journalBytes;
  }
  return packages;
}

/** Uncompressed bytes that a journal adds to the files of a package; rather too many than too few. */
export function estimatedBytes(journal: Journal): number {
  const characters = journal.lines.reduce((sum, line) => sum + charactersOf(line), CHARACTERS_PER_JOURNAL);
  return characters * BYTES_PER_CHARACTER;
}

function charactersOf(line: AggregatedLine): number {
  const dimensions = line.dimensions.reduce((sum, [, value]) => sum + value.length + 3, 0);
  const texts = [line.productId, line.quantity, line.costPrice ?? '', line.dataSource, line.physicalMeasure];
  return texts.reduce((sum, text) => sum + text.length, CHARACTERS_PER_LINE + dimensions);
}

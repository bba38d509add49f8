/**
 * Packs adjustment journals into data packages, in the order of their numbers: at most the configured number of
 * journals and at most the configured number of bytes. A journal is never divided, so a single journal may make a
 * package that is larger than the limit.
 *
 * Whether the files will be CSV or XML is settled only when a package is sent, so each value counts as much as it takes
 * in the larger of the two: rather too many bytes than too few.
 */
import { foldCase } from '../settings/foldCase.ts';
import type { AggregatedLine, Journal } from './aggregatedLine.ts';
import type { FoldingSettings } from './foldingRules.ts';

/** Manifest and package header, and the header rows of the files: ten files of as many columns as there can be. */
const BYTES_PER_PACKAGE = 125_000;
/** A header's elements in XML, and its number, description and expected status in UTF-16. */
const BYTES_PER_JOURNAL = 1_000;
/** A line's elements in XML, with names as long as the settings allow, the dimensions' apart; and its id, journal, number and date in UTF-16. */
const BYTES_PER_LINE = 1_050 + 2 * (36 + 20 + 6 + 10 + 1);
/** The quotes around a value in UTF-16. */
const BYTES_OF_QUOTES = 4;

type PackingSettings = Pick<
  FoldingSettings,
  'maxJournalCountPerPackage' | 'maxPackageBytes' | 'scmDimensionColumns'
>;

/** Per package, from 1: the numbers of its journals. */
export function packJournals(journals: readonly Journal[], settings: PackingSettings): number[][] {
  const { maxJournalCountPerPackage, maxPackageBytes } = settings;
  const sent = journals.filter(({ kind }) => kind === 'adjustment');
  const bytesOf = journalBytes(sent, settings);
  const packages: number[][] = [];
  let current: number[] = [];
  let bytes = 0;
  for (const journal of sent) {
    const more = bytesOf(journal);
    const isFull = current.length >= maxJournalCountPerPackage || bytes + more > maxPackageBytes;
    if (current.length === 0 || isFull) {
      packages.push((current = []));
      bytes = BYTES_PER_PACKAGE;
    }
    current.push(journal.number);
    bytes += more;
  }
  return packages;
}

/** How many bytes at most a journal adds to the files of a package, uncompressed. `journals`: all that are packed. */
export function journalBytes(
  journals: readonly Journal[],
  { scmDimensionColumns }: Pick<FoldingSettings, 'scmDimensionColumns'>,
): (journal: Journal) => number {
  const columns = new Map(
    Object.entries(scmDimensionColumns).map(([dimension, column]) => [foldCase(dimension), column]),
  );
  // A line has an element or attribute of each dimension that any line of its file has.
  const inUse = new Set<string>();
  for (const { lines } of journals)
    for (const { dimensions } of lines)
      for (const [dimension] of dimensions) {
        const column = columns.get(foldCase(dimension));
        if (column !== undefined) inUse.add(column);
      }
  const perLine = [...inUse].reduce((sum, column) => sum + 2 * column.length + 5, BYTES_PER_LINE);
  return ({ journalNameId = '', lines }) => {
    const name = valueBytes(journalNameId);
    return lines.reduce((sum, line) => sum + perLine + name + lineBytes(line), BYTES_PER_JOURNAL + name);
  };
}

function lineBytes(line: AggregatedLine): number {
  const { productId, quantity, costPrice = '', dataSource, physicalMeasure, dimensions } = line;
  // A quantity may be sent with the opposite sign.
  const texts = [productId, `-${quantity}`, costPrice, dataSource, physicalMeasure];
  return [...texts, ...dimensions.map(([, value]) => value)].reduce((sum, text) => sum + valueBytes(text), 0);
}

/** Of a value in UTF-16 with quotes doubled, or in UTF-8 with what XML escapes: the larger, character by character. */
function valueBytes(text: string): number {
  let bytes = BYTES_OF_QUOTES;
  for (let index = 0; index < text.length; index++) bytes += characterBytes(text.charCodeAt(index));
  return bytes;
}

function characterBytes(code: number): number {
  if (code >= 0x800) return 3;
  if (code === 0x22) return 6;
  if (code === 0x26 || code < 0x20) return 5;
  return code === 0x3c || code === 0x3e ? 4 : 2;
}

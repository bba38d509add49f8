/**
 * The id of an aggregated line: a UUID of version 8 that says where the line stands (run, journal, position), so that it
 * is found again without an index, and that carries hashes of its legal entity and of the run's random nonce, so that a
 * run number used again after a rewind never meets its lost twin in the ERP.
 *
 * Layout: bytes 0–3 run · 4–5 journal · 6–7 and 9 position (4 + 8 + 8 bits) · 8 and 12–15 nonce (6 + 32 bits) ·
 * 10–11 legal entity.
 */
import { hash } from 'node:crypto';
import { lineRecordIdFromText, lineRecordIdText } from '../adjustments/lineRecordId.ts';

export interface AggregatedLinePlace {
  readonly run: number;
  /** From 1. */
  readonly journal: number;
  /** From 0, within the journal. At most 2^20 − 1. */
  readonly position: number;
}

/** Most journals of one run: the journal's number has 16 bits. */
export const MAX_JOURNALS_PER_RUN = 65_535;

/** Most lines of one journal: the position has 20 bits. */
export const MAX_LINES_PER_JOURNAL = 0x10_0000;

/** @throws RangeError for a place that the id has no room for: it would get the id of another line. */
export function aggregatedLineId(partitionKey: string, nonce: string, place: AggregatedLinePlace): string {
  assertRoom('run', place.run, 1, 0xffff_ffff);
  assertRoom('journal', place.journal, 1, MAX_JOURNALS_PER_RUN);
  assertRoom('position', place.position, 0, MAX_LINES_PER_JOURNAL - 1);
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  const secret = hash('sha256', `${partitionKey}~${nonce}`, 'buffer');
  view.setUint32(0, place.run);
  view.setUint16(4, place.journal);
  bytes[6] = 0x80 | (place.position >>> 16);
  bytes[7] = (place.position >>> 8) & 0xff;
  bytes[8] = 0x80 | ((secret[0] ?? 0) & 0x3f);
  bytes[9] = place.position & 0xff;
  view.setUint16(10, legalEntityHash(partitionKey));
  bytes.set(secret.subarray(1, 5), 12);
  return lineRecordIdText(bytes);
}

/** Where the line with this id would stand in the given log; undefined when the id is of another log or no such id. */
export function placeOfAggregatedLine(partitionKey: string, id: string): AggregatedLinePlace | undefined {
  const bytes = lineRecordIdFromText(id);
  if (bytes === undefined || (bytes[6] ?? 0) >>> 4 !== 8) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  if (view.getUint16(10) !== legalEntityHash(partitionKey)) return undefined;
  return {
    run: view.getUint32(0),
    journal: view.getUint16(4),
    position: (((bytes[6] ?? 0) & 0x0f) << 16) | ((bytes[7] ?? 0) << 8) | (bytes[9] ?? 0),
  };
}

function assertRoom(what: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most)
    throw new RangeError(
      `An aggregated line cannot stand at ${what} ${value}: ${least} to ${most} are possible.`,
    );
}

function legalEntityHash(partitionKey: string): number {
  return hash('sha256', partitionKey, 'buffer').readUInt16BE(0);
}

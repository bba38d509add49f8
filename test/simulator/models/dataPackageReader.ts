/** Reads a data package as SCM would: the zip file, its manifest's order by file name, and the CSV files in UTF-16. */
import { inflateRawSync } from 'node:zlib';

/** A row of a CSV file: column → value. */
export type CsvRow = Readonly<Record<string, string>>;

export interface ReadDataPackage {
  readonly headers: readonly CsvRow[];
  readonly lines: readonly CsvRow[];
}

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;

export function readDataPackage(zip: Uint8Array): ReadDataPackage {
  const headers: CsvRow[] = [];
  const lines: CsvRow[] = [];
  for (const [name, bytes] of membersOf(Buffer.from(zip))) {
    if (!name.endsWith('.csv')) continue;
    (name.includes('headers') ? headers : lines).push(...csvRows(bytes.subarray(2).toString('utf16le')));
  }
  return { headers, lines };
}

function membersOf(zip: Buffer): Map<string, Buffer> {
  let end = zip.length - 22;
  while (end >= 0 && zip.readUInt32LE(end) !== END_OF_DIRECTORY) end--;
  if (end < 0) throw new Error('no zip file');
  const members = new Map<string, Buffer>();
  let at = zip.readUInt32LE(end + 16);
  for (let entry = 0; entry < zip.readUInt16LE(end + 10); entry++) {
    if (zip.readUInt32LE(at) !== DIRECTORY_ENTRY) throw new Error('damaged zip file');
    const method = zip.readUInt16LE(at + 10);
    const size = zip.readUInt32LE(at + 20);
    const nameLength = zip.readUInt16LE(at + 28);
    const local = zip.readUInt32LE(at + 42);
    const name = zip.subarray(at + 46, at + 46 + nameLength).toString('utf8');
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const packed = zip.subarray(start, start + size);
    members.set(name, method === 0 ? packed : inflateRawSync(packed));
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return members;
}

function csvRows(text: string): CsvRow[] {
  const [names = [], ...rows] = csvCells(text);
  return rows.map((cells) => Object.fromEntries(names.map((name, index) => [name, cells[index] ?? ''])));
}

function csvCells(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let quoted = false;
  for (let index = 0; index < text.length; index++) {
    const character = text[index] ?? '';
    if (quoted) {
      if (character !== '"') cell += character;
      else if (text[index + 1] === '"') cell += text[++index] ?? '';
      else quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === ',') {
      row.push(cell);
      cell = '';
    } else if (character === '\r' && text[index + 1] === '\n') {
      rows.push([...row, cell]);
      row = [];
      cell = '';
      index++;
    } else cell += character;
  }
  return rows;
}

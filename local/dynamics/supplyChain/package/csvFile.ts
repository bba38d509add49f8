/**
 * Reads one data file of source format CSV-Unicode: UTF-16LE with byte order mark, CRLF, comma, a header row.
 * What deviates fails the whole file, as the data management framework does; the messages are its own as
 * practitioners report them.
 */
import { parse } from 'csv-parse/sync';
import { DataFileError } from './dataFileError.ts';
import type { StagingRow } from './dataFileError.ts';
import type { PackageEntity } from './dataPackage.ts';

/** @throws DataFileError */
export function readCsvFile(entity: PackageEntity): StagingRow[] {
  const { file, fileName, format, map } = entity;
  if (file[0] !== 0xff || file[1] !== 0xfe || file.length % 2 !== 0) {
    throw new DataFileError(`Selected file is not Unicode. File ${fileName}.`);
  }
  let text: string;
  let records: string[][];
  try {
    text = new TextDecoder('utf-16le', { fatal: true }).decode(file);
    records = parse(text, { record_delimiter: '\r\n', skip_empty_lines: false });
  } catch (error) {
    throw new DataFileError(
      `File ${fileName} of entity ${format.label} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  const [header, ...rows] = records;
  if (!header) throw new DataFileError(`File ${fileName} has no header row.`);
  if (header.some((name) => /[\r\n]/.test(name)) || !text.endsWith('\r\n')) {
    throw new DataFileError(
      `The mapping is incorrect for entity ${format.label}: lines of file ${fileName} do not end in CRLF.`,
    );
  }
  if (new Set(header).size !== header.length) throw new DataFileError(`File ${fileName} has a column twice.`);
  const columns = header.map((name) => {
    const staging = map.get(name);
    if (staging !== undefined) return staging;
    throw new DataFileError(
      `The mapping is incorrect for entity ${format.label}: column ${name} is not mapped.`,
    );
  });
  const absent = [...map.keys()].find((name) => !header.includes(name));
  if (absent !== undefined) {
    throw new DataFileError(
      `The mapping is incorrect for entity ${format.label}: mapped column ${absent} is not in file ${fileName}.`,
    );
  }
  const missing = format.required.find((name) => !columns.includes(name));
  if (missing !== undefined) {
    throw new DataFileError(`Column ${missing} of entity ${format.label} is missing in file ${fileName}.`);
  }
  return rows.map((row) => new Map(columns.map((name, index) => [name, row[index] ?? ''])));
}

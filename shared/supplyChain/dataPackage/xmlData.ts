/**
 * A data file of source format `XML-Element` or `XML-Attribute`: a document with one element per row, named after the
 * entity, whose values are elements or attributes named after the columns. Source: "Data entities and packages"; the
 * names of the row elements are those of exported files.
 */
import type { SourceFormat } from './packageFormat.ts';
import { xmlText } from './xmlText.ts';

/** Names of this form need no escaping; staging columns have it. */
const NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/;

/** @throws RangeError when a name or a value cannot stand in XML */
export function xmlData(
  format: Exclude<SourceFormat, 'CSV-Unicode'>,
  rowElement: string,
  columns: readonly string[],
  rows: readonly (readonly string[])[],
): Uint8Array {
  for (const name of [rowElement, ...columns])
    if (!NAME.test(name)) throw new RangeError(`"${name.slice(0, 80)}" cannot be the name of an XML element`);
  const write = format === 'XML-Element' ? elements : attributes;
  const body = rows.map((row) => `  ${write(rowElement, columns, row)}\r\n`).join('');
  return new TextEncoder().encode(
    `<?xml version="1.0" encoding="utf-8"?>\r\n<Document>\r\n${body}</Document>\r\n`,
  );
}

function elements(rowElement: string, columns: readonly string[], row: readonly string[]): string {
  const values = columns.map((column, index) => `<${column}>${xmlText(row[index] ?? '')}</${column}>`);
  return `<${rowElement}>${values.join('')}</${rowElement}>`;
}

function attributes(rowElement: string, columns: readonly string[], row: readonly string[]): string {
  const values = columns.map((column, index) => ` ${column}="${xmlText(row[index] ?? '')}"`);
  return `<${rowElement}${values.join('')}/>`;
}

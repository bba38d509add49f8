/**
 * Which data file holds which headers and lines. A blank column is not the same as no column: where a column is not
 * nullable, Supply Chain Management imports a blank as zero, and its own defaults apply only where no column stands.
 * So rows with and without a cost, a date or a journal name stand in separate files, and a file without a value does
 * not have its column.
 */
import type { DataPackageContent, JournalLine, ScmJournal } from '../supplyChain.ts';
import type { DataFile } from './dataFile.ts';
import type { PackageEntity, PackageFormat } from './packageFormat.ts';

interface Row<Item> {
  /** Names of the optional values it has; rows with the same ones share a file. */
  readonly options: readonly string[];
  readonly item: Item;
}

interface LineOfJournal {
  readonly journal: ScmJournal;
  readonly line: JournalLine;
}

type Column<Item> = readonly [name: string, value: (item: Item) => string | undefined];

const headerColumns = ({ expectedStatus }: PackageFormat): readonly Column<ScmJournal>[] => [
  ['JOURNALNUMBER', (journal) => journal.journalKey],
  ['JOURNALNAMEID', (journal) => journal.journalNameId],
  ['DESCRIPTION', (journal) => journal.description],
  ['INVENTORYSERVICEJOURNALEXPECTEDSTATUS', (journal) => expectedStatus[journal.expectedStatus]],
];

const ID_COLUMN: Column<LineOfJournal> = [
  'INVENTORYSERVICETRANSACTIONID',
  ({ line }) => line.aggregatedLineId,
];

const LINE_COLUMNS: readonly Column<LineOfJournal>[] = [
  ['JOURNALNUMBER', ({ journal }) => journal.journalNumber ?? journal.journalKey],
  ['LINENUMBER', ({ line }) => String(line.lineNumber)],
  ['JOURNALNAMEID', ({ journal }) => journal.journalNameId],
  ['ITEMNUMBER', ({ line }) => line.productId],
  ['TRANSACTIONDATE', ({ line }) => line.transDate],
  ['INVENTORYQUANTITY', ({ line }) => line.quantity],
  ['UNITCOST', ({ line }) => line.costPrice],
  // The cost is for one unit; without this SCM would divide by its own price unit.
  ['UNITCOSTQUANTITY', ({ line }) => (line.costPrice === undefined ? undefined : '1')],
];

const offsetColumnsOf = ({ offsetColumns }: PackageFormat): readonly Column<LineOfJournal>[] => [
  [offsetColumns.dataSource, ({ line }) => line.offsetDataSource],
  [offsetColumns.physicalMeasure, ({ line }) => line.offsetPhysicalMeasure],
];

/** The columns a line can have, its dimensions apart. Only the profile `service` has a key of ours. */
function lineColumns(format: PackageFormat): readonly Column<LineOfJournal>[] {
  return [...(format.profile === 'service' ? [ID_COLUMN] : []), ...LINE_COLUMNS, ...offsetColumnsOf(format)];
}

/** Names of all columns that a package of this format can have, the dimensions' apart. */
export function columnNames(format: PackageFormat): {
  readonly headers: readonly string[];
  readonly lines: readonly string[];
} {
  return {
    headers: headerColumns(format).map(([name]) => name),
    lines: lineColumns(format).map(([name]) => name),
  };
}

/**
 * The files of a package: headers before lines, in an order that depends on the content alone; journals and lines keep
 * theirs within each file.
 *
 * @throws RangeError when a dimension column of a line is one of the columns that are sent anyway.
 */
export function dataFiles(content: DataPackageContent, format: PackageFormat): DataFile[] {
  const headers = content.journals.map((journal): Row<ScmJournal> => ({
    options: present({ 'journal name': journal.journalNameId }),
    item: journal,
  }));
  const lines = content.journals.flatMap((journal) =>
    journal.lines.map((line): Row<LineOfJournal> => ({
      options: present({
        'journal name': journal.journalNameId,
        date: line.transDate,
        cost: line.costPrice,
      }),
      item: { journal, line },
    })),
  );
  return [
    ...(format.headers ? filesOf(format, format.headers, headers, () => headerColumns(format)) : []),
    ...filesOf(format, format.lines, lines, (items) => {
      const own = lineColumns(format);
      const offset = offsetColumnsOf(format).length;
      return [...own.slice(0, -offset), ...dimensionColumns(items, own), ...own.slice(-offset)];
    }),
  ];
}

function present(values: Readonly<Record<string, string | undefined>>): string[] {
  return Object.keys(values).filter((name) => values[name] !== undefined);
}

function filesOf<Item>(
  format: PackageFormat,
  entity: PackageEntity,
  rows: readonly Row<Item>[],
  columnsOf: (items: readonly Item[]) => readonly Column<Item>[],
): DataFile[] {
  const groups = new Map<string, Item[]>();
  const extension = format.sourceFormat === 'CSV-Unicode' ? 'csv' : 'xml';
  for (const { options, item } of rows) {
    const base = options.length > 0 ? `${entity.label} with ${options.join(' and ')}` : entity.label;
    const name = `${base}.${extension}`;
    const group = groups.get(name);
    if (group) group.push(item);
    else groups.set(name, [item]);
  }
  return [...groups]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, items]) => {
      const columns = columnsOf(items).filter(([, value]) => items.some((item) => value(item) !== undefined));
      return {
        entity,
        name,
        columns: columns.map(([column]) => column),
        rows: items.map((item) => columns.map(([, value]) => value(item) ?? '')),
      };
    });
}

/** The dimension columns any of the lines has, sorted. A line without the dimension leaves a text column blank. */
function dimensionColumns(
  items: readonly LineOfJournal[],
  own: readonly Column<LineOfJournal>[],
): Column<LineOfJournal>[] {
  const taken = new Set(own.map(([name]) => name));
  const names = new Set(items.flatMap(({ line }) => Object.keys(line.dimensionColumns)));
  return [...names].sort().map((name) => {
    if (taken.has(name)) {
      throw new RangeError(
        `the settings map a dimension to the column ${name}, which holds something else; map it to a dimension column, e.g. INVENTORYSITEID`,
      );
    }
    return [name, ({ line }) => line.dimensionColumns[name]];
  });
}

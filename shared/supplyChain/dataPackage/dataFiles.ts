/**
 * Which data file holds which headers and lines. A blank column is not the same as no column: where a column is not
 * nullable, Supply Chain Management imports a blank as zero, and its own defaults apply only where no column stands.
 * So rows with and without a cost, a date or a journal name stand in separate files, and a file without a value does
 * not have its column.
 */
import type { DataPackageContent, JournalLine, ScmJournal } from '../supplyChain.ts';
import { HEADER_ENTITY, LINE_ENTITY } from './dataFile.ts';
import type { DataFile } from './dataFile.ts';

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

const HEADER_COLUMNS: readonly Column<ScmJournal>[] = [
  ['JOURNALNUMBER', (journal) => journal.journalKey],
  ['JOURNALNAMEID', (journal) => journal.journalNameId],
  ['DESCRIPTION', (journal) => journal.description],
  ['INVENTORYSERVICEJOURNALEXPECTEDSTATUS', (journal) => journal.expectedStatus],
];

const LINE_COLUMNS: readonly Column<LineOfJournal>[] = [
  ['INVENTORYSERVICETRANSACTIONID', ({ line }) => line.aggregatedLineId],
  ['JOURNALNUMBER', ({ journal }) => journal.journalKey],
  ['LINENUMBER', ({ line }) => String(line.lineNumber)],
  ['JOURNALNAMEID', ({ journal }) => journal.journalNameId],
  ['ITEMNUMBER', ({ line }) => line.productId],
  ['TRANSACTIONDATE', ({ line }) => line.transDate],
  ['INVENTORYQUANTITY', ({ line }) => line.quantity],
  ['UNITCOST', ({ line }) => line.costPrice],
  // The cost is for one unit; without this SCM would divide by its own price unit.
  ['UNITCOSTQUANTITY', ({ line }) => (line.costPrice === undefined ? undefined : '1')],
];

const OFFSET_COLUMNS: readonly Column<LineOfJournal>[] = [
  ['INVENTORYSERVICEADJUSTMENTOFFSETDATASOURCE', ({ line }) => line.offsetDataSource],
  ['INVENTORYSERVICEADJUSTMENTOFFSETPHYSICALMEASURE', ({ line }) => line.offsetPhysicalMeasure],
];

const OWN_COLUMNS = new Set([...LINE_COLUMNS, ...OFFSET_COLUMNS].map(([name]) => name));

/**
 * The files of a package: headers before lines, in an order that depends on the content alone; journals and lines keep
 * theirs within each file.
 *
 * @throws RangeError when a dimension column of a line is one of the columns that are sent anyway.
 */
export function dataFiles(content: DataPackageContent): DataFile[] {
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
    ...filesOf(HEADER_ENTITY, headers, () => HEADER_COLUMNS),
    ...filesOf(LINE_ENTITY, lines, (items) => [
      ...LINE_COLUMNS,
      ...dimensionColumns(items),
      ...OFFSET_COLUMNS,
    ]),
  ];
}

function present(values: Readonly<Record<string, string | undefined>>): string[] {
  return Object.keys(values).filter((name) => values[name] !== undefined);
}

function filesOf<Item>(
  entity: string,
  rows: readonly Row<Item>[],
  columnsOf: (items: readonly Item[]) => readonly Column<Item>[],
): DataFile[] {
  const groups = new Map<string, Item[]>();
  for (const { options, item } of rows) {
    const name = options.length > 0 ? `${entity} with ${options.join(' and ')}.csv` : `${entity}.csv`;
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
function dimensionColumns(items: readonly LineOfJournal[]): Column<LineOfJournal>[] {
  const names = new Set(items.flatMap(({ line }) => Object.keys(line.dimensionColumns)));
  return [...names].sort().map((name) => {
    if (OWN_COLUMNS.has(name)) {
      throw new RangeError(
        `the settings map a dimension to the column ${name}, which holds something else; map it to a dimension column, e.g. INVENTORYSITEID`,
      );
    }
    return [name, ({ line }) => line.dimensionColumns[name]];
  });
}

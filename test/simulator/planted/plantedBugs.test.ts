/** Planted bugs are found: those that show at once. All of them: `npm run simulate -- --planted`. */
import { expect, test } from 'vitest';
import { findPlantedBug } from './findPlantedBugs.ts';
import { checkTexts } from './plantInSource.ts';
import { PLANTED_BUGS } from './plantedBugs.ts';

/** Found within the first seeds, so that the test stays short. */
const QUICK = [
  'updates carry whatever ETag the row has now',
  'a transaction is carried out row by row',
  'known ids are not looked for',
  'parked lines are aggregated',
  'sums are floating-point numbers',
  'a package is sent before it is marked',
];

test('there are at least 25, each under a name of its own', () => {
  expect(new Set(PLANTED_BUGS.map(({ name }) => name)).size).toBe(PLANTED_BUGS.length);
  expect(PLANTED_BUGS.length).toBeGreaterThanOrEqual(25);
});

test.each(PLANTED_BUGS.filter(({ source }) => source !== undefined))(
  'the source still holds what is replaced: $name',
  ({ source = [] }) => expect(() => checkTexts(source)).not.toThrow(),
);

test.each(QUICK)('%s', async (name) => {
  const bug = PLANTED_BUGS.find((each) => each.name === name);
  if (bug === undefined) throw new Error(`no planted bug is called "${name}"`);
  expect((await findPlantedBug(bug, 10)).found).toBeDefined();
});

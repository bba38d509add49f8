/** Each assumption: kept, nothing goes wrong; broken, the consequence shows that docs/promises.md names. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ASSUMPTIONS, tryAssumption } from './assumptions.ts';

describe.each(ASSUMPTIONS)('$name', (assumption) => {
  test('as assumed: nothing goes wrong', async () => {
    expect(await tryAssumption(assumption, assumption.asAssumed)).toBeUndefined();
  });

  test('otherwise: the documented consequence', async () => {
    expect(await tryAssumption(assumption, assumption.broken)).toMatch(assumption.consequence);
  });
});

test('docs/promises.md names every assumption', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/promises.md'), 'utf8').replaceAll(
    /\s+/g,
    ' ',
  );
  for (const { name } of ASSUMPTIONS) expect(page).toContain(name);
});

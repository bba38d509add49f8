/** During a deployment two versions of the code work on the same tables at once. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { useAzurite } from '../../local/azurite/testAzurite.ts';
import { lineRecordId } from '../../shared/adjustments/lineRecordId.ts';
import { acceptLine } from '../../shared/adjustments/acceptLine.ts';
import { fingerprint, flatFingerprint } from '../../shared/adjustments/canonicalForm.ts';
import { parseAdjustments } from '../../shared/adjustments/parseAdjustments.ts';
import { auditLogsTick } from '../../shared/app/housekeeping.ts';
import { packageJournalsTick, syncCacheTick, trackJournalsTick } from '../../shared/app/timers.ts';
import type { AppendLine } from '../../shared/log/appendGroup.ts';
import { ADJUSTMENT_LOG, LOG_DIRECTORY } from '../../shared/log/rowKeys.ts';
import { readAuditFindings } from '../../shared/reading/readAuditFindings.ts';
import { syncAndPackage } from '../support/journalSteps.ts';
import { logChain } from '../support/logChain.ts';
import { createLogTables, openWriter, PARTITION, post, appendLine } from '../support/logUnderTest.ts';
import { LOG, postedLine, ScriptedLayer } from '../support/scriptedLayer.ts';
import { previousVersion } from './previousVersion.ts';
import { type GoldenRow, storeGolden } from './storedRows.ts';

const azurite = useAzurite();
const golden = JSON.parse(readFileSync(new URL('rows-v1.json', import.meta.url), 'utf8')) as GoldenRow[];
const AT = 1_767_000_000_000;

describe('the version before goes on beside this one', () => {
  test('on a log that it began: ids are accepted once, whoever is first, and the chain is whole', async () => {
    const tables = azurite.store();
    await createLogTables(tables);
    await storeGolden(
      tables,
      golden.filter(({ table }) => table !== 'Settings'),
    );
    const before = previousVersion(tables, PARTITION, AT);
    const { writer, errors } = openWriter(tables);
    const lines = Array.from({ length: 24 }, (_, index) => appendLine(`both ${index}`));
    let byBefore = 0;
    let byThis = 0;
    for (let start = 0; start < lines.length; start += 4) {
      const some = lines.slice(start, start + 4);
      const [stored, { outcomes }] = await Promise.all([
        before.append(some.slice(1)),
        post(writer, some.slice(0, 3)),
      ]);
      byBefore += stored.length;
      byThis += outcomes.filter(({ kind }) => kind === 'accepted').length;
      expect(outcomes.every(({ kind }) => kind === 'accepted' || kind === 'duplicate')).toBe(true);
    }
    expect(byBefore + byThis).toBe(lines.length);
    expect(Math.min(byBefore, byThis)).toBeGreaterThan(0);
    expect((await logChain(tables, PARTITION)).faults).toEqual([]);
    expect(errors).toEqual([]);
  });

  test.each([
    ['nested', fingerprint],
    ['flat', flatFingerprint],
  ])('what it appends goes through every hop of this one (%s form)', async (_form, fingerprintOf) => {
    const instance = await ScriptedLayer.install(azurite.store());
    await instance.results([postedLine('new')]);
    const [environmentKey = '', organizationKey = ''] = LOG.split('~');
    const document = Buffer.from(JSON.stringify([postedLine('old')]));
    const [submitted] = parseAdjustments(document, 1).lines;
    if (submitted === undefined) throw new Error('the line is not one');
    const { settings } = await instance.environment();
    const accepted = acceptLine(submitted, 0, settings, instance.ends.clock.now());
    if (!('id' in accepted)) throw new Error(JSON.stringify(accepted));
    const old: AppendLine = {
      digest: lineRecordId(environmentKey, organizationKey, 'old'),
      fingerprint: fingerprintOf(submitted),
      line: accepted,
    };
    const before = previousVersion(instance.tables, LOG, instance.ends.clock.now());
    expect(await before.append([old])).toEqual(['old']);
    await syncAndPackage(instance);
    expect(await instance.states()).toMatchObject({ created: [], posted: [], aggregated: [1, 2] });
    expect(instance.ends.inventoryVisibility.calls.flatMap(({ events }) => events)).toHaveLength(2);
    expect(await before.append([old])).toEqual([]);
    const [again] = await instance.results([postedLine('old')]);
    expect(again).toMatchObject({ processingStatus: 'duplicate', status: 'Aggregated' });
  });
});

describe('a later version has written rows that this one does not understand', () => {
  /** An instance with two legal entities, each with a line. */
  async function installed(): Promise<ScriptedLayer> {
    const instance = await ScriptedLayer.install(azurite.store());
    await instance.results([postedLine('a'), postedLine('b', { organizationId: 'dat' })]);
    return instance;
  }

  async function makeLater(instance: ScriptedLayer, rowKey: string): Promise<void> {
    const row = await instance.tables.get(ADJUSTMENT_LOG, LOG, rowKey);
    if (row === undefined) throw new Error(`there is no row ${rowKey}`);
    await instance.tables.transact(ADJUSTMENT_LOG, LOG, [
      { kind: 'update', rowKey, properties: { ...row.properties, v: 2 }, etag: row.etag },
    ]);
  }

  test.each(['head', 'ids~000000000001'])(
    '%s: that log takes nothing, and the others go on',
    async (rowKey) => {
      const instance = (await installed()).another();
      await makeLater(instance, rowKey);
      const before = await instance.rows('');
      await expect(instance.results([postedLine('c')])).rejects.toThrow(/Deploy the newer version/);
      const [other] = await instance.results([postedLine('c', { organizationId: 'dat' })]);
      expect(other).toMatchObject({ processingStatus: 'success' });
      for (const tick of [syncCacheTick, packageJournalsTick, trackJournalsTick]) await tick(instance.layer);
      expect(await instance.rows('')).toEqual(before);
      expect(
        instance.ends.inventoryVisibility.calls.flatMap(({ events }) =>
          events.map((event) => event.organizationId),
        ),
      ).toEqual(['dat', 'dat']);
      const alarms = instance.runtime.logger.entries.filter(({ level }) => level === 'error');
      expect(JSON.stringify(alarms)).toMatch(/v 2; this version of the app understands 1/);
    },
  );

  test.each(['batch~000000000001', 'created~000000000001'])(
    '%s: no hop takes it, and an audit names it',
    async (rowKey) => {
      const instance = await installed();
      await makeLater(instance, rowKey);
      for (const tick of [syncCacheTick, packageJournalsTick, trackJournalsTick]) await tick(instance.layer);
      expect(
        (await instance.rows('')).filter(({ rowKey: key }) => /^(posted|aggregated)~/.test(key)),
      ).toEqual([]);
      await auditLogsTick(instance.layer);
      const view = await readAuditFindings(instance.layer, await instance.environment());
      expect(JSON.stringify(view)).toContain(
        `Row ${rowKey} of partition ${LOG} of table ${ADJUSTMENT_LOG} has v 2`,
      );
      const [other] = await instance.results([postedLine('c', { organizationId: 'dat' })]);
      expect(other).toMatchObject({ processingStatus: 'success' });
    },
  );

  test('a directory entry: its environment’s timers stop with an alarm, and what is listed so far is not forgotten', async () => {
    const instance = await installed();
    const [environmentKey = '', organizationKey = ''] = LOG.split('~');
    const row = await instance.tables.get(LOG_DIRECTORY, environmentKey, organizationKey);
    if (row === undefined) throw new Error('the log is not listed');
    await instance.tables.transact(LOG_DIRECTORY, environmentKey, [
      { kind: 'update', rowKey: organizationKey, properties: { ...row.properties, v: 2 }, etag: row.etag },
    ]);
    await syncCacheTick(instance.layer);
    expect(instance.ends.inventoryVisibility.calls).toEqual([]);
    expect(instance.runtime.logger.entries.map(({ level }) => level)).toContain('error');
  });
});

/** The short form of `npm run soak`. SOAK_SEED repeats a run's choices. */
import { expect, onTestFinished, test } from 'vitest';
import { sumOf } from './havoc.ts';
import { runSoak } from './runSoak.ts';
import { SHORT_FORM } from './soakShapes.ts';
import { soakTable } from './soakTable.ts';

test(
  'real processes, killed, paused and cut off: nothing is lost, nothing counted twice',
  { timeout: 240_000 },
  async () => {
    const seed = Number(process.env['SOAK_SEED'] ?? Date.now() % 1_000_000);
    console.log(`SOAK_SEED=${seed}`);
    const lines: string[] = [];
    const result = await runSoak({
      ...SHORT_FORM,
      seed,
      report: (line) => lines.push(line),
      onSystem: (system) => onTestFinished(() => system.abandon()),
    });
    const table = [...lines, soakTable(result), ...result.violations, result.folder ?? ''].join('\n');
    expect(result.violations, table).toEqual([]);
    expect(sumOf(result.havoc.kills), table).toBeGreaterThanOrEqual(SHORT_FORM.leastKills);
    expect(result.books?.accepted, table).toBeGreaterThan(0);
  },
);

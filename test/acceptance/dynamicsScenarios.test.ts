/**
 * The whole system under every scenario of the simulated Dynamics side, by both entity profiles and both transports:
 * every line comes to the end that is right, says so, and stands in the ERP once. `npm test` takes each of some scenarios by one
 * of the four ways, `npm run scenarios` all by all. `SCENARIO=name npm run scenarios` takes one.
 */
import { expect, test, vi } from 'vitest';
import { isBalanced } from '../../local/sample/balance.ts';
import { LocalSystem } from '../support/localSystem.ts';
import { OFFSET_ROWS, scenarioDay } from '../support/scenarioDay.ts';
import { type LineEnd, ScenarioRun, settingsOfWays, type Ways } from '../support/scenarioRun.ts';
import { allScenarios, isAt, isOther, type OtherEnd, rulesOf, type Scenario } from '../support/scenarios.ts';

const ALL = process.env['MODE'] === 'scenarios';
// They wait most of their time, so they wait together.
vi.setConfig({ testTimeout: ALL ? 1_200_000 : 300_000, maxConcurrency: 4 });

const WAYS: readonly Ways[] = (['service', 'generic-v2'] as const).flatMap((entityProfile) =>
  (['recurring', 'package'] as const).map((transport) => ({ entityProfile, transport })),
);

const named = process.env['SCENARIO'];
const scenarios = (await allScenarios()).filter(({ name }) => named === undefined || name === named);

/** In `npm test`, by way: where the ends differ, where answers get lost, and where SCM imports or posts in its own way. */
const SHORT: readonly (readonly string[])[] = [
  ['none', 'late-arrivals', 'partly-succeeded', 'closed-period'],
  ['none', 'lost-responses', 'succeeded-with-nothing'],
  ['none', 'failed-lines-moved', 'queued-again', 'errors-that-are-no-json'],
  ['none', 'lines-deleted-after-posting', 'outage'],
];

function partOf(way: number): Scenario[] {
  return scenarios.filter(({ name }) => ALL || SHORT[way]?.includes(name));
}

test.concurrent.for(WAYS.map((ways, way) => [ways.entityProfile, ways.transport, ways, way] as const))(
  'profile %s, transport %s',
  async ([, , ways, way], { onTestFinished }) => {
    const system = await LocalSystem.start({
      // Pauses of seconds take fractions of them.
      pace: 4,
      settings: settingsOfWays(ways, CHANGES),
      dynamics: { offsetRows: OFFSET_ROWS, tokenLifetimeSeconds: 14_400 },
    });
    onTestFinished(() => system.close());
    for (const [index, scenario] of partOf(way).entries()) await play(system, ways, scenario, `S${index}`);
  },
);

/** Where nothing is known of the journal names, nothing goes out again by itself. */
const CHANGES = { linesDeletedAfterPosting: 'unknown', unknownOutcomeSeconds: 20 };

async function play(system: LocalSystem, ways: Ways, scenario: Scenario, tag: string): Promise<void> {
  const { name, ends, refused = `${tag}-k` } = scenario;
  if (scenario.postingJobEveryHours !== undefined) {
    const { postingJobEveryHours } = scenario;
    const settings = settingsOfWays(ways, { ...CHANGES, postingJobEveryHours });
    // The first request has the settings stored.
    await system.get('audit');
    await system.changeSettings(settings(system.dynamics.url));
  }
  const what = `${name}: all lines are where they belong`;
  const run = new ScenarioRun(system, scenarioDay(tag, refused));
  const doubledBefore = (await system.dynamics.state()).doubledLines;
  const parking = {
    kind: 'rejectProduct',
    productId: `${tag}-k`,
    statusCode: 400,
    message: 'No such product.',
  } as const;
  await run.begin([...(await rulesOf(name)), parking]);
  const atEnd = ({ ends: lines }: ScenarioRun): boolean =>
    lines.every((line) => isAt(line, ends)) &&
    (ends === undefined || ends.whose === 'some' || numberOf(lines, ends) > 0);
  await run.drive(what, atEnd, scenario.turn);
  // What is right stays right.
  await run.drive(`${what}, and stay there`, ({ turns }) => turns % 3 === 0);
  expectEnds(run.ends, ends, name);
  await expectBooks(run, ends, name);
  if (scenario.laterPosted === true) {
    await system.dynamics.control('DELETE', 'faults');
    await run.drive(`${name}: the rest is posted later`, ({ ends: lines }) =>
      lines.every((line) => isAt(line, undefined)),
    );
    await expectBooks(run, undefined, name);
  }
  expect((await system.dynamics.state()).doubledLines, name).toEqual(doubledBefore);
}

const inErp = ({ part }: LineEnd): boolean => part === 'first' || part === 'second';

function numberOf(lines: readonly LineEnd[], other: OtherEnd | undefined): number {
  return lines.filter((line) => inErp(line) && isOther(line, other)).length;
}

function expectEnds(lines: readonly LineEnd[], other: OtherEnd | undefined, name: string): void {
  const others = lines.filter((line) => inErp(line) && isOther(line, other));
  const aggregated = new Set(others.map(({ aggregatedLineId }) => aggregatedLineId));
  const told = JSON.stringify(lines, undefined, 1);
  if (other?.whose === 'all') expect(others, told).toHaveLength(lines.filter(inErp).length);
  else if (other !== undefined && other.whose !== 'some' && 'lines' in other.whose)
    expect(aggregated.size, told).toBe(other.whose.lines);
  else if (other !== undefined && other.whose !== 'some' && 'item' in other.whose) {
    const { item } = other.whose;
    expect(
      others.every(({ posted }) => posted.productId.endsWith(`-${item}`)),
      told,
    ).toBe(true);
  } else if (other !== undefined && other.whose !== 'some' && 'packages' in other.whose) {
    // All lines of the packages, and no line of another.
    const packages = new Set(others.map(({ journal }) => journal?.journalKey));
    expect(packages.size, told).toBe(other.whose.packages);
    const ofThem = lines.filter(({ journal }) => packages.has(journal?.journalKey));
    expect(ofThem, told).toHaveLength(others.length);
  } else if (other === undefined) expect(others).toEqual([]);
  for (const line of lines.filter((each) => inErp(each) && !isOther(each, other))) {
    expect(line, name).toMatchObject({ status: 'FnOTransPosted', journalId: expect.any(String) as string });
    expect(line.error, name).toBeUndefined();
  }
  // Whatever became of it, each package went out once: the ERP never acknowledged a second one.
  for (const line of lines.filter(inErp)) expect(line.submissions, told).toBe(1);
}

/** Accepted = applied + parked = in the ERP + held + DoNotSync + in error; posting moved nothing but from measure to fno. */
async function expectBooks(run: ScenarioRun, other: OtherEnd | undefined, name: string): Promise<void> {
  await run.system.dynamics.control('POST', 'synchronization/run');
  const rows = await run.balance((line) => {
    if (line.part === 'held') return 'held';
    if (line.part === 'zero') return 'doNotSync';
    if (line.part === 'parked') return 'parkedByCache';
    return isOther(line, other) && other?.isInErp === false ? 'parkedByJournal' : 'erp';
  });
  expect(isBalanced(rows), `${name}: ${JSON.stringify(rows)}`).toBe(true);
  const lines = Object.values(await run.erpLines());
  expect(new Set(lines), name).toEqual(new Set([1]));
}

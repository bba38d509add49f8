/** Looks at everything that must be right before lines can flow, and says of each what was seen and what to do. */
import type { ReadSecret } from '../dynamics/entraToken.ts';
import { printable } from '../dynamics/answerJson.ts';
import type { HttpClient } from '../http/httpClient.ts';
import type { Clock } from '../runtime/ports.ts';
import type { EnvironmentSettings } from '../settings/environmentSettings.ts';
import { attempted, CHECK_CODES, notMade } from './check.ts';
import type { Check, CheckCode, CheckResult } from './check.ts';
import { clockChecks } from './clockChecks.ts';
import { DatedHttp } from './datedHttp.ts';
import { checkInventoryVisibility } from './inventoryVisibilityCheck.ts';
import { checkJournalNames } from './journalNameChecks.ts';
import { checkLegalEntities } from './legalEntityChecks.ts';
import { checkMasterData } from './masterDataChecks.ts';
import { metadataChecks } from './metadataChecks.ts';
import { readMetadata } from './metadataReader.ts';
import { checkOffsets } from './offsetChecks.ts';
import type { OnHandCall } from './onHandCall.ts';
import { checkPostingJob, checkVersion, UNREADABLE_PREREQUISITES } from './prerequisiteChecks.ts';
import type { SampleLine } from './sampleLine.ts';
import { signIn } from './signInChecks.ts';
import { SupplyChainReader } from './supplyChainReader.ts';
import { checkTransport } from './transportChecks.ts';

export interface DoctorParts {
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly settings: EnvironmentSettings;
  readonly readSecret: ReadSecret;
  /** A line whose master data is looked up. */
  readonly sample?: SampleLine;
  /** Journal names in use; those of our own journals are found without. */
  readonly journalNames?: readonly string[];
  /** Milliseconds for one call. Default 30,000. */
  readonly callTimeoutMs?: number;
  /** Milliseconds for `$metadata`, which is slow after a restart of SCM. Default 120,000. */
  readonly metadataTimeoutMs?: number;
}

export interface SetUpReport {
  readonly environmentId: string;
  readonly summary: Readonly<Record<CheckResult, number>>;
  readonly checks: readonly Check[];
}

const RIGHTS =
  'check supplyChain.url, and that the application stands under Microsoft Entra ID applications with a user who may read the entity';

/**
 * Never throws: whatever fails is a failed check, and the others are made all the same. Nothing is changed on any side,
 * and no secret or token stands in the report.
 */
export async function examineSetUp(parts: DoctorParts): Promise<SetUpReport> {
  const { clock, settings, readSecret, sample = {}, callTimeoutMs: timeoutMs = 30_000 } = parts;
  const http = new DatedHttp(parts.http, clock);
  const tokens = await signIn({ http, clock, settings, readSecret, timeoutMs });
  const { inventoryVisibility: ivToken, supplyChain: scmToken } = tokens;
  const calling = { http, clock, settings, timeoutMs };
  const [inventoryVisibility, supplyChain] = await Promise.all([
    ivToken === undefined
      ? [notMade('inventoryVisibility', 'Inventory Visibility', 'signing in failed')]
      : attempted('inventoryVisibility', 'Inventory Visibility', 'check inventoryVisibility.endpoint', () =>
          checkInventoryVisibility({ ...calling, token: ivToken }, sample),
        ),
    scmToken === undefined
      ? WITHOUT_SUPPLY_CHAIN.map((code) => notMade(code, 'Supply Chain Management', 'signing in failed'))
      : supplyChainChecks(
          parts,
          new SupplyChainReader({ http, clock, url: settings.supplyChain.url, token: scmToken, timeoutMs }),
          ivToken && { ...calling, token: ivToken },
        ),
  ]);
  const clocks = clockChecks(http.readings(), settings.inventoryVisibility.processingBoundSeconds);
  const checks = [
    ...tokens.checks,
    ...inventoryVisibility,
    ...supplyChain,
    ...clocks,
    ...UNREADABLE_PREREQUISITES,
  ];
  return reportOf(settings.environmentId, checks, tokens.secrets);
}

/** What is asked of Supply Chain Management. */
const WITHOUT_SUPPLY_CHAIN: readonly CheckCode[] = [
  'supplyChain',
  'entity',
  'dataJob',
  'journalName',
  'offset',
  'postingJob',
  'masterData',
  'supplyChainVersion',
];

async function supplyChainChecks(
  { clock, settings, sample = {}, journalNames = [], metadataTimeoutMs = 120_000 }: DoctorParts,
  reader: SupplyChainReader,
  onHand: OnHandCall | undefined,
): Promise<Check[]> {
  const { supplyChain } = settings;
  const transport = supplyChain.transport === 'recurring' ? 'dataJob' : 'dataProject';
  const made = await Promise.all([
    attempted('supplyChain', reader.url, RIGHTS, () =>
      checkLegalEntities(reader, settings, sample.organizationId),
    ),
    attempted('entity', '$metadata', RIGHTS, async () =>
      metadataChecks(await readMetadata(await reader.metadata(metadataTimeoutMs), clock), settings),
    ),
    attempted(transport, 'transport of packages', RIGHTS, () => checkTransport(reader, supplyChain)),
    attempted('journalName', 'journal names', RIGHTS, () =>
      checkJournalNames(reader, supplyChain, journalNames),
    ),
    attempted('offset', 'offset rows', RIGHTS, () => checkOffsets(reader, settings, onHand)),
    attempted('postingJob', 'Inventory Visibility posting job', RIGHTS, () =>
      checkPostingJob(reader, settings),
    ),
    attempted('masterData', 'a sample line', RIGHTS, () => checkMasterData(reader, sample)),
    attempted('supplyChainVersion', 'version', RIGHTS, () => checkVersion(reader)),
  ]);
  return made.flat();
}

function reportOf(environmentId: string, checks: readonly Check[], secrets: readonly string[]): SetUpReport {
  const clean = (text: string): string =>
    printable(
      secrets.reduce((rest, secret) => (secret === '' ? rest : rest.replaceAll(secret, '(secret)')), text),
      600,
    );
  const inOrder = [...checks]
    .sort((a, b) => CHECK_CODES.indexOf(a.code) - CHECK_CODES.indexOf(b.code))
    .map((check) => ({
      ...check,
      subject: clean(check.subject),
      seen: clean(check.seen),
      ...(check.remedy === undefined ? {} : { remedy: clean(check.remedy) }),
    }));
  const count = (result: CheckResult): number => inOrder.filter((check) => check.result === result).length;
  return {
    environmentId,
    summary: {
      pass: count('pass'),
      warn: count('warn'),
      fail: count('fail'),
      toBeConfirmed: count('toBeConfirmed'),
    },
    checks: inOrder,
  };
}

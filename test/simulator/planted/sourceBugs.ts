/** Planted bugs that are made in the product’s own source, as it is loaded. */
import { inSource, type PlantedBug } from './plantedBug.ts';

export const SOURCE_BUGS: readonly PlantedBug[] = [
  inSource(
    'known ids are not looked for',
    'shared/log/identify.ts',
    'if (candidates.size === 0) return lines.map(() => NEW);',
    'if (candidates.size >= 0) return lines.map(() => NEW);',
  ),
  inSource(
    'two requests of one group may hold the same id',
    'shared/log/appendGroup.ts',
    'if (twin === undefined || !holdsBytes(twin.digest, 0, line.digest)) continue;',
    'if (twin === undefined || holdsBytes(twin.digest, 0, line.digest)) continue;',
  ),
  inSource(
    'every known id is a duplicate, whatever its content',
    'shared/log/appendGroup.ts',
    "return { kind: sameContent ? 'duplicate' : 'conflict', seq: knownSeq, position };",
    "return { kind: sameContent || true ? 'duplicate' : 'conflict', seq: knownSeq, position };",
  ),
  inSource(
    'today’s settings come before identity',
    'shared/ingest/postAdjustments.ts',
    'const outcomes = await foresee(layer, environment, lines);\n  return new Set(\n    lines.filter(({ position }) =>',
    'const outcomes = await foresee(layer, environment, lines);\n  return new Set(\n    lines.filter(({ position }) => position >= 0 ||',
  ),
  inSource(
    'an append is not looked up again after a failure',
    'shared/log/logWriter.ts',
    'const identities = await identify(this.#tables, this.partitionKey, this.#index, lines, rowsRead);',
    'const identities = ((group as any).first ??= await identify(this.#tables, this.partitionKey, this.#index, lines, rowsRead));',
  ),
  inSource(
    'a repeat is always safe',
    'shared/cacheSync/syncCalls.ts',
    'if (uncertain.length === 0) return true;',
    'if (uncertain.length >= 0) return true;',
  ),
  inSource(
    'a refusal counts whatever came before it',
    'shared/cacheSync/syncCalls.ts',
    "earlierMayHaveApplied ? 'unknown' : 'refused'",
    "earlierMayHaveApplied ? 'refused' : 'refused'",
  ),
  inSource(
    'a refused call counts whatever came before it',
    'shared/cacheSync/syncCalls.ts',
    "refused.attempts.some(isUncertain) ? 'unknown' : 'refused'",
    "refused.attempts.some(isUncertain) ? 'refused' : 'refused'",
  ),
  inSource(
    'parked lines are noted at the wrong position',
    'shared/cacheSync/driveSync.ts',
    'position: event - start,',
    'position: event,',
  ),
  inSource(
    'parked lines are aggregated',
    'shared/packaging/computeRun.ts',
    'if (!excluded.has(position)) fold.add(',
    'fold.add(',
  ),
  inSource(
    'sums are floating-point numbers',
    'shared/aggregation/fold.ts',
    'folded.sum += quantity;',
    'folded.sum = BigInt(Math.round((Number(folded.sum) / 1e10 + Number(quantity) / 1e10) * 1e10));',
  ),
  inSource(
    'every attempt at a run has the same name',
    'shared/packaging/computeRun.ts',
    'const attempt = runtime.entropy.uuid();',
    "const attempt = '00000000-0000-4000-8000-000000000000';",
  ),
  inSource(
    'the direction of a mapping is not applied',
    'shared/posting/scmJournals.ts',
    'journal.directions[position] === -1 ? negateDecimal(line.quantity) : line.quantity',
    'line.quantity',
  ),
  inSource(
    'a package is sent before it is marked',
    'shared/posting/postJournalPackage.ts',
    'const marked = await storePackage(tables, partitionKey, loaded, sending);\n  if (marked === undefined) return;\n  const answer = await supplyChain.send(token, organizationId, id, zip);',
    'const answer = await supplyChain.send(token, organizationId, id, zip);\n  const marked = await storePackage(tables, partitionKey, loaded, sending);\n  if (marked === undefined) return;',
  ),
  inSource(
    'a submission without an answer is sent again',
    'shared/posting/noteAnswer.ts',
    "case 'noEffect':\n      // Also when",
    "case 'noEffect':\n    case 'unknown':\n      // Also when",
  ),
  inSource(
    'a lost submission is repeated whatever SCM does with posted lines',
    'shared/posting/resend.ts',
    'return targets.every(',
    'return true || targets.every(',
  ),
  inSource(
    'the emergency stop does not stop posting',
    'shared/posting/postJournalPackage.ts',
    'if (!settings.enableFeature || !settings.enableSyncJob) return;',
    '',
  ),
  {
    name: 'statuses may go back',
    source: [
      {
        file: 'shared/log/packageOutcome.ts',
        from: 'if (moves && !ALLOWED[line.status].includes(status)) return;',
        to: '',
      },
      {
        file: 'shared/tracking/trackPackage.ts',
        from: "const open = outcome.positionsWith('Created', 'FnOSyncEnqueued', 'FnOTransCreateError');",
        to: 'const open = [...outcome.lines().keys()];',
      },
    ],
  },
  inSource(
    'absence is taken as proof',
    'shared/tracking/importEvidence.ts',
    "if (status?.kind !== 'final' || status.succeeded) return undefined;",
    "if (status?.kind !== 'final' || status.succeeded) {\n      proof ??= { error: 'absent', named: true };\n      continue;\n    }",
  ),
  inSource(
    'a late answer takes a settled package up again',
    'shared/posting/noteAnswer.ts',
    "if (!isNewest || state.status === 'Settled') return",
    'if (!isNewest) return',
  ),
  {
    ...inSource(
      'the ERP’s keys come from the run as it was opened',
      'shared/packaging/computeRun.ts',
      "nonce: hash('sha256', `${run.state.nonce}~${commit.packageHashes}`, 'hex').slice(0, 32),",
      'nonce: hash && run.state.nonce,',
    ),
    needsRewind: true,
  },
  {
    ...inSource(
      'a run is committed though rows of it may be gone',
      'shared/packaging/computeRun.ts',
      'const current = await assuredRun(dependencies, run, attempt, written);',
      'const current = written && run;',
    ),
    needsRewind: true,
  },
  {
    ...inSource(
      'the chain of batches is not followed',
      'shared/log/idIndex.ts',
      'if (row.previousBatchId !== this.#tailBatchId) return false;',
      '(row as any).previousBatchId = this.#tailBatchId;',
    ),
    needsRewind: true,
  },
  inSource(
    'a journal that exists is a posted journal',
    'shared/tracking/notePostings.ts',
    'headers.filter(({ isPosted }) => isPosted)',
    'headers.filter(({ isPosted }) => isPosted || true)',
  ),
  inSource(
    'a run is closed when one of its packages is settled',
    'shared/tracking/trackJournals.ts',
    "packages.every(({ state }) => state.status === 'Settled')",
    "packages.some(({ state }) => state.status === 'Settled')",
  ),
];

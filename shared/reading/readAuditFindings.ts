/** What the last audit found, per legal entity. */
import type { BusinessLayer, Environment } from '../app/businessLayer.ts';
import { FINDINGS } from '../audit/findingCodes.ts';
import { readAudit } from '../log/auditRow.ts';
import { partitionKeyOf } from '../log/rowKeys.ts';

/** @throws TableError, UnknownRowVersionError */
export async function readAuditFindings(
  layer: BusinessLayer,
  environment: Environment,
): Promise<Record<string, unknown>> {
  const logs = [];
  for (const { organizationKey, organizationId } of await layer.logs(environment)) {
    const partitionKey = partitionKeyOf(environment.key, organizationKey);
    const audit = await readAudit(layer.parts.tables, partitionKey);
    logs.push({
      organizationId,
      // Absent: never audited so far.
      ...(audit === undefined ? {} : { auditedAt: new Date(audit.state.at).toISOString() }),
      findings: (audit?.state.findings ?? []).map(({ code, count, repaired, subjects, since }) => ({
        code,
        ...FINDINGS[code],
        count,
        repaired,
        subjects,
        since: new Date(since).toISOString(),
      })),
    });
  }
  return { environmentId: environment.settings.environmentId, logs };
}

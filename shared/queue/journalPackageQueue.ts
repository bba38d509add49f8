/** The queue that carries committed data packages to the function that posts them. A message is a hint, never truth. */

/** Name of the Service Bus queue. */
export const JOURNAL_PACKAGE_QUEUE = 'journal-packages';

/** Which package to post. The ids stand in a JSON object, because the runtime converts bare values. */
export interface JournalPackageMessage {
  readonly environmentId: string;
  readonly organizationKey: string;
  readonly run: number;
  readonly package: number;
}

export interface JournalPackageQueue {
  /** Sends, optionally to be delivered no earlier than `notBefore` (milliseconds since the Unix epoch). @throws DependencyError */
  send(messages: readonly JournalPackageMessage[], notBefore?: number): Promise<void>;
}

/** The message in a queue message's body; undefined when it is none. */
export function parseJournalPackageMessage(body: unknown): JournalPackageMessage | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const { environmentId, organizationKey, run, package: number } = body as Record<string, unknown>;
  if (typeof environmentId !== 'string' || typeof organizationKey !== 'string') return undefined;
  if (!Number.isSafeInteger(run) || !Number.isSafeInteger(number)) return undefined;
  return { environmentId, organizationKey, run: run as number, package: number as number };
}

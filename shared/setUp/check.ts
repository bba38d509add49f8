/** What a look at the set-up says: one line per thing that must be right. */

/** `toBeConfirmed`: nobody can read it from here; the remedy says where a person looks. */
export type CheckResult = 'pass' | 'warn' | 'fail' | 'toBeConfirmed';

export interface Check {
  /** Stable name of what was looked at, e.g. `clock`. */
  readonly code: CheckCode;
  /** Which of several it is about, e.g. a legal entity; for people. */
  readonly subject: string;
  readonly result: CheckResult;
  /** What was seen, as a sentence or a clause. */
  readonly seen: string;
  /** What to do; absent where all is well. */
  readonly remedy?: string;
}

/** Everything that is looked at, in the order of the report. */
export const CHECK_CODES = [
  'entraTokenForInventoryVisibility',
  'securityServiceToken',
  'inventoryVisibility',
  'entraTokenForSupplyChain',
  'supplyChain',
  'legalEntity',
  'entity',
  'columns',
  'action',
  'expectedStatus',
  'dataJob',
  'dataProject',
  'journalName',
  'offset',
  'postingJob',
  'masterData',
  'clock',
  'supplyChainVersion',
  'inventoryVisibilityVersion',
  'feature',
] as const;

export type CheckCode = (typeof CHECK_CODES)[number];

/** A check that found nothing wrong. */
export function passed(code: CheckCode, subject: string, seen: string): Check {
  return { code, subject, result: 'pass', seen };
}

/** A check that somebody should do something about. */
export function found(
  result: Exclude<CheckResult, 'pass'>,
  code: CheckCode,
  subject: string,
  seen: string,
  remedy: string,
): Check {
  return { code, subject, result, seen, remedy };
}

/** A check that could not be made because of an earlier failure. */
export function notMade(code: CheckCode, subject: string, because: string): Check {
  return {
    code,
    subject,
    result: 'toBeConfirmed',
    seen: `not looked at, because ${because}`,
    remedy: 'mend that first, then run this again',
  };
}

/**
 * Makes checks whose calls may fail: whatever is thrown becomes a failed check, so that the others are made all the same.
 */
export async function attempted(
  code: CheckCode,
  subject: string,
  remedy: string,
  make: () => Promise<readonly Check[]>,
): Promise<readonly Check[]> {
  try {
    return await make();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return [found('fail', code, subject, reason, remedy)];
  }
}

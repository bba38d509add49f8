/** What can be set for a queue, the defaults of Azure Service Bus, and the check of what was given. */

export interface QueueOptions {
  /** How long a peek-locked message stays with its receiver, milliseconds. Default 30,000. */
  readonly lockDurationMs?: number;
  /** Failed deliveries after which a message goes to the dead-letter queue. Default 10. */
  readonly maxDeliveryCount?: number;
  /** A message id seen within this window, milliseconds, is dropped. Default: no duplicate detection. */
  readonly duplicateDetectionWindowMs?: number;
  /** Upper bound of a message's time to live, milliseconds. Default: messages do not expire. */
  readonly defaultTtlMs?: number;
  /** Whether expired messages go to the dead-letter queue instead of being dropped. Default false. */
  readonly deadLetterOnExpiration?: boolean;
  /** Largest transfer (one message or one batch), bytes. Default 262,144, the limit of the Standard tier. */
  readonly maxMessageSizeBytes?: number;
}

/** Options with every default filled in. */
export interface QueueRules {
  readonly lockDurationMs: number;
  readonly maxDeliveryCount: number;
  readonly duplicateDetectionWindowMs: number | undefined;
  readonly defaultTtlMs: number | undefined;
  readonly deadLetterOnExpiration: boolean;
  readonly maxMessageSizeBytes: number;
}

/**
 * Fills in the defaults.
 * @throws RangeError that names the queue, the option and the value when one is not a positive whole number.
 */
export function queueRules(queue: string, options: QueueOptions): QueueRules {
  const positive = (name: keyof QueueOptions, value: number): number => {
    if (Number.isSafeInteger(value) && value > 0) return value;
    throw new RangeError(`${name} of queue "${queue}" (${value}) must be a whole number above zero`);
  };
  const optional = (name: keyof QueueOptions, value: number | undefined): number | undefined =>
    value === undefined ? undefined : positive(name, value);
  return {
    lockDurationMs: positive('lockDurationMs', options.lockDurationMs ?? 30_000),
    maxDeliveryCount: positive('maxDeliveryCount', options.maxDeliveryCount ?? 10),
    duplicateDetectionWindowMs: optional('duplicateDetectionWindowMs', options.duplicateDetectionWindowMs),
    defaultTtlMs: optional('defaultTtlMs', options.defaultTtlMs),
    deadLetterOnExpiration: options.deadLetterOnExpiration ?? false,
    maxMessageSizeBytes: positive('maxMessageSizeBytes', options.maxMessageSizeBytes ?? 262_144),
  };
}

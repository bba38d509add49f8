/** A message in a queue, and what receivers may do with it. */
import type { EncodedMap, MessageContent } from './messageCodec.ts';

/** A message as it is handed in. All times are milliseconds since the Unix epoch. */
export interface Submission {
  readonly content: MessageContent;
  /** What duplicate detection compares. */
  readonly messageId: string;
  readonly timeToLiveMs: number | undefined;
  readonly scheduledFor: number | undefined;
}

export interface QueuedMessage {
  readonly sequenceNumber: number;
  content: MessageContent;
  state: 'active' | 'scheduled' | 'deferred';
  readonly timeToLiveMs: number | undefined;
  readonly scheduledFor: number | undefined;
  enqueuedAt: number;
  expiresAt: number | undefined;
  /** Earlier deliveries that failed. */
  deliveryCount: number;
  lock: { readonly token: string; until: number } | undefined;
  /** The queue that dead-lettered the message. */
  deadLetterSource: string | undefined;
}

/** What a receiver decided about a locked message; `properties` are application properties to set. */
export type Outcome =
  | { readonly kind: 'completed' | 'released' }
  | { readonly kind: 'abandoned' | 'deferred' | 'deadLettered'; readonly properties: EncodedMap };

export type ReceiveMode = 'peekLock' | 'receiveAndDelete';

export interface QueueCounts {
  /** Ready to be received. */
  readonly active: number;
  /** Received in peek-lock mode and not settled yet. */
  readonly locked: number;
  readonly deferred: number;
  readonly scheduled: number;
}

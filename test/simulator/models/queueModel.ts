/** The queue: messages get lost, doubled, late, out of order and delivered again; after ten tries they are put aside. */
import type {
  JournalPackageMessage,
  JournalPackageQueue,
} from '../../../shared/queue/journalPackageQueue.ts';
import type { Engine } from '../engine/engine.ts';
import type { Prng } from '../engine/prng.ts';
import type { Process } from '../engine/process.ts';
import { madeUpFailure } from './ports.ts';

const LOCK_MS = 60_000;
const LONG_MS = 4 * 3_600_000;

/** Hands a message to some process; false when there is none. `done` tells whether the function returned. */
export type Deliver = (body: unknown, done: (returned: boolean) => void) => boolean;

/** Shares of messages. */
export interface QueueTrouble {
  readonly lost: number;
  readonly doubled: number;
  readonly late: number;
  readonly completionLost: number;
}

export const NO_QUEUE_TROUBLE: QueueTrouble = { lost: 0, doubled: 0, late: 0, completionLost: 0 };

export class QueueModel {
  /** How messages fare; nothing happens to them when zero. */
  trouble: QueueTrouble = NO_QUEUE_TROUBLE;
  /** Takes no messages until then. */
  sendDisabledUntil = 0;
  /** Gives no messages until then. */
  receiveDisabledUntil = 0;
  deliver: Deliver = () => false;
  onTrouble: (what: 'lost' | 'doubled' | 'late' | 'redelivered' | 'deadLettered' | 'completionLost') => void =
    () => undefined;
  /** Every message ever sent. */
  readonly sent: string[] = [];
  waiting = 0;
  /** Tries after which a message is put aside. */
  maxDeliveries = 10;
  readonly #engine: Engine;
  readonly #prng: Prng;

  constructor(engine: Engine, prng: Prng) {
    this.#engine = engine;
    this.#prng = prng;
  }

  port(process: Process): JournalPackageQueue {
    return {
      send: (messages, notBefore) => {
        const bodies = messages.map((message: JournalPackageMessage) => JSON.stringify(message));
        return this.#engine.call(process, {
          port: 'queue',
          label: `queue send ${bodies.length}`,
          writes: true,
          effect: () => {
            if (this.sendDisabledUntil > this.#engine.now) throw madeUpFailure('queue', 'disabled');
            for (const body of bodies) this.#take(body, notBefore ?? 0);
          },
          failed: () => {
            throw madeUpFailure('queue', 'cut off');
          },
        });
      },
    };
  }

  /** Puts a message in as it is: what somebody does who sends an old one again. */
  putIn(body: string): void {
    this.#offer(body, this.#prng.between(1, 50), 1);
  }

  #take(body: string, notBefore: number): void {
    this.sent.push(body);
    const { lost, doubled, late } = this.trouble;
    if (this.#prng.chance(lost)) return this.onTrouble('lost');
    const copies = this.#prng.chance(doubled) ? 2 : 1;
    if (copies > 1) this.onTrouble('doubled');
    for (let copy = 0; copy < copies; copy++) {
      const isLate = this.#prng.chance(late);
      if (isLate) this.onTrouble('late');
      const wait = isLate ? this.#prng.between(1_000, LONG_MS) : this.#prng.between(5, 2_000);
      this.#offer(body, Math.max(wait, notBefore - this.#engine.now), 1);
    }
  }

  /** @param unheard for how long nobody has been there to take it: it is offered ever more rarely */
  #offer(body: string, wait: number, delivery: number, unheard = 0): void {
    this.waiting++;
    this.#engine.after(
      wait,
      `message ${body} delivery ${delivery}`,
      () => {
        this.waiting--;
        if (this.receiveDisabledUntil > this.#engine.now)
          return this.#offer(body, this.receiveDisabledUntil - this.#engine.now + 1, delivery);
        let settled = false;
        const again = (): void => {
          if (settled) return;
          settled = true;
          if (delivery >= this.maxDeliveries) return this.onTrouble('deadLettered');
          this.onTrouble('redelivered');
          this.#offer(body, this.#prng.between(1, 20), delivery + 1);
        };
        const taken = this.deliver(JSON.parse(body), (returned) => {
          if (!returned) return again();
          // The function returned, and the queue does not get to know: the lock ends, the message comes again.
          if (this.#prng.chance(this.trouble.completionLost)) this.onTrouble('completionLost');
          else settled = true;
        });
        if (!taken) {
          const pause = Math.max(1_000, Math.floor(unheard / 10));
          return this.#offer(body, pause, delivery, unheard + pause);
        }
        if (!settled) this.#engine.after(LOCK_MS, `lock of ${body} ends`, again);
      },
      true,
    );
  }
}

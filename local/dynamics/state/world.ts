/** All state of the simulated Dynamics side, and the one way to change it: a record, applied and written down. */
import type { JWK } from 'jose';
import { OnHand } from '../inventoryVisibility/onHand.ts';
import type { StockEvent, StockRowRecord } from '../inventoryVisibility/onHand.ts';
import { Erp } from '../supplyChain/erp.ts';
import type { ErpChange } from '../supplyChain/erp.ts';
import { RecordFile } from './recordFile.ts';

export type TokenIssuer = 'entra' | 'securityService';

/** One line of the state file. Replaying all of them in order gives the state. */
export type WorldRecord =
  | { readonly kind: 'signingKey'; readonly issuer: TokenIssuer; readonly jwk: JWK }
  /** How far the simulator's clock is ahead of the machine's. */
  | { readonly kind: 'clock'; readonly aheadMs: number }
  | { readonly kind: 'events'; readonly at: number; readonly events: readonly StockEvent[] }
  | { readonly kind: 'eventIds'; readonly ids: readonly (readonly [id: string, at: number])[] }
  | { readonly kind: 'stock'; readonly rows: readonly StockRowRecord[] }
  | { readonly kind: 'erp'; readonly change: ErpChange }
  /** SCM has handed a batch of stock changes on to Inventory Visibility. */
  | { readonly kind: 'synchronized'; readonly syncId: string };

export class World {
  readonly signingKeys = new Map<TokenIssuer, JWK>();
  readonly onHand: OnHand;
  readonly erp = new Erp();
  /** How far the simulator's clock is ahead of the machine's, in milliseconds. */
  clockAheadMs = 0;
  #file: RecordFile | undefined;

  private constructor(eventIdWindowMs: number | undefined) {
    this.onHand = new OnHand(eventIdWindowMs);
  }

  /** Without a folder the state lives in memory only. `now`: milliseconds since the epoch, to drop forgotten ids. */
  static async open(
    folder: string | undefined,
    eventIdWindowMs: number | undefined,
    now: number,
  ): Promise<World> {
    const world = new World(eventIdWindowMs);
    if (folder !== undefined) {
      world.#file = await RecordFile.open(
        folder,
        (record) => world.#apply(record as WorldRecord),
        () => world.#snapshot(now),
      );
    }
    return world;
  }

  /** Changes the state at once; it is durable when `settled` resolves. */
  commit(record: WorldRecord): void {
    this.#apply(record);
    this.#file?.append(record);
  }

  async settled(): Promise<void> {
    await this.#file?.settled();
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }

  #apply(record: WorldRecord): void {
    switch (record.kind) {
      case 'signingKey':
        this.signingKeys.set(record.issuer, record.jwk);
        break;
      case 'clock':
        this.clockAheadMs = record.aheadMs;
        break;
      case 'events':
        this.onHand.applyEvents(record.at, record.events);
        break;
      case 'eventIds':
        this.onHand.rememberIds(record.ids);
        break;
      case 'stock':
        this.onHand.putRows(record.rows);
        break;
      case 'erp':
        this.erp.apply(record.change);
        break;
      case 'synchronized':
        this.onHand.applyChanges(this.erp.takeSync(record.syncId).changes);
        break;
    }
  }

  *#snapshot(now: number): Generator<WorldRecord> {
    for (const [issuer, jwk] of this.signingKeys) yield { kind: 'signingKey', issuer, jwk };
    yield { kind: 'clock', aheadMs: this.clockAheadMs };
    for (const ids of chunks(this.onHand.knownIds(now + this.clockAheadMs))) yield { kind: 'eventIds', ids };
    for (const rows of chunks(this.onHand.rowRecords())) yield { kind: 'stock', rows };
    for (const change of this.erp.snapshot()) yield { kind: 'erp', change };
  }
}

function* chunks<T>(items: Iterable<T>): Generator<T[]> {
  let chunk: T[] = [];
  for (const item of items) {
    chunk.push(item);
    if (chunk.length === 1000) {
      yield chunk;
      chunk = [];
    }
  }
  if (chunk.length > 0) yield chunk;
}

/**
 * A stretch of network between two parts: forwards connections of any protocol to wherever the part behind it listens
 * now, and does to them what networks do. What happens is drawn for each request (bytes from the client after bytes
 * from the server), so a kept-open connection meets its faults as well as a new one.
 */
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { Prng } from '../simulator/engine/prng.ts';

/** From the mildest to the worst. */
export const LINK_FAULTS = [
  /** The request arrives a little later. */
  'delay',
  /** The connection is cut before the request. */
  'cutBefore',
  /** Half of the request arrives, then the connection is cut. */
  'cutMidRequest',
  /** The request arrives, and the connection is cut before its answer. */
  'loseAnswer',
  /** Half of the answer's first bytes arrive, then the connection is cut. */
  'cutMidAnswer',
  /** Nothing goes either way, and much later the connection is cut. */
  'stall',
  /** Half of the request arrives and the rest does not, and much later the connection is cut. */
  'halfSend',
  /** The request arrives when its sender has long given up. */
  'late',
] as const;
export type LinkFault = (typeof LINK_FAULTS)[number];

/** How often each is drawn, out of the sum of all. */
const WEIGHTS: Readonly<Record<LinkFault, number>> = {
  delay: 6,
  cutBefore: 3,
  cutMidRequest: 3,
  loseAnswer: 5,
  cutMidAnswer: 3,
  stall: 2,
  halfSend: 2,
  late: 3,
};
const DRAWN = LINK_FAULTS.flatMap((fault) => Array.from({ length: WEIGHTS[fault] }, () => fault));
const LONGEST_DELAY_MS = 300;

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  last: 'request' | 'answer';
  fault: LinkFault | undefined;
  /** Bytes of a request that is held back; undefined when none is. */
  held: Buffer[] | undefined;
  /** Nothing goes through any more. */
  dead: boolean;
}

export class FaultyLink {
  /** Port of the part behind it. */
  target = 0;
  /** Share of requests that meet a fault. */
  rate = 0;
  readonly counts = new Map<LinkFault, number>();
  readonly #prng: Prng;
  readonly #holdMs: readonly [number, number];
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #isDown = false;

  private constructor(prng: Prng, holdMs: readonly [number, number]) {
    this.#prng = prng;
    this.#holdMs = holdMs;
    this.#server = createServer({ noDelay: true }, (client) => this.#connected(client));
  }

  /** Listens on a port of this machine. `holdMs`: how long what is held back is held, from and to. */
  static async open(prng: Prng, holdMs: readonly [number, number]): Promise<FaultyLink> {
    const link = new FaultyLink(prng, holdMs);
    await new Promise<void>((resolve) => link.#server.listen(0, '127.0.0.1', resolve));
    return link;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Cuts every connection, and each new one until it is up again. */
  setDown(isDown: boolean): void {
    this.#isDown = isDown;
    if (isDown) for (const pair of this.#pairs) this.#drop(pair);
  }

  /** From now on everything goes through; what a fault has in its hands is cut. */
  heal(): void {
    this.rate = 0;
    this.#isDown = false;
    for (const pair of this.#pairs) if (pair.held || pair.dead) this.#drop(pair);
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    for (const pair of this.#pairs) this.#drop(pair);
    this.#server.close();
  }

  #connected(client: Socket): void {
    client.on('error', () => undefined);
    if (this.#isDown) {
      client.resetAndDestroy();
      return;
    }
    const server = connect({ port: this.target, host: '127.0.0.1', noDelay: true });
    const pair: Pair = { client, server, last: 'answer', fault: undefined, held: undefined, dead: false };
    this.#pairs.add(pair);
    server.on('error', () => this.#drop(pair));
    server.on('close', () => this.#drop(pair));
    // A request that is to arrive late outlives its sender.
    client.on('close', () => {
      if (pair.held === undefined || pair.dead) this.#drop(pair);
    });
    client.on('data', (bytes) => this.#request(pair, bytes));
    server.on('data', (bytes) => this.#answer(pair, bytes));
  }

  #request(pair: Pair, bytes: Buffer): void {
    if (pair.dead) return;
    if (pair.held) {
      pair.held.push(bytes);
      return;
    }
    if (pair.last === 'request' && pair.fault === undefined) {
      pair.server.write(bytes);
      return;
    }
    if (pair.last === 'answer') pair.fault = this.#drawn();
    pair.last = 'request';
    const { fault } = pair;
    switch (fault) {
      case undefined:
      case 'loseAnswer':
      case 'cutMidAnswer':
        pair.server.write(bytes);
        break;
      case 'delay':
      case 'late':
        this.#count(fault);
        pair.held = [bytes];
        this.#after(fault === 'delay' ? this.#prng.between(1, LONGEST_DELAY_MS) : this.#hold(), () =>
          this.#release(pair),
        );
        break;
      case 'cutBefore':
        this.#count(fault);
        this.#drop(pair);
        break;
      case 'cutMidRequest':
        this.#count(fault);
        pair.dead = true;
        pair.server.write(bytes.subarray(0, bytes.length >> 1), () => this.#drop(pair));
        break;
      case 'stall':
      case 'halfSend':
        this.#count(fault);
        pair.dead = true;
        if (fault === 'halfSend') pair.server.write(bytes.subarray(0, bytes.length >> 1));
        this.#after(this.#hold(), () => this.#drop(pair));
        break;
    }
  }

  #answer(pair: Pair, bytes: Buffer): void {
    const { fault } = pair;
    pair.last = 'answer';
    pair.fault = undefined;
    if (pair.dead) return;
    if (fault !== 'loseAnswer' && fault !== 'cutMidAnswer') {
      if (pair.client.writable) pair.client.write(bytes);
      else this.#drop(pair);
      return;
    }
    this.#count(fault);
    pair.dead = true;
    if (fault === 'loseAnswer') this.#drop(pair);
    else pair.client.write(bytes.subarray(0, bytes.length >> 1), () => this.#drop(pair));
  }

  #release(pair: Pair): void {
    const bytes = Buffer.concat(pair.held ?? []);
    pair.held = undefined;
    pair.fault = undefined;
    if (pair.dead || pair.server.destroyed) return;
    pair.server.write(bytes);
    // Nobody waits for the answer any more; the other side gets the time to do what it was asked.
    if (pair.client.destroyed) this.#after(this.#hold(), () => this.#drop(pair));
  }

  #drawn(): LinkFault | undefined {
    return this.#prng.chance(this.rate) ? this.#prng.pick(DRAWN) : undefined;
  }

  #hold(): number {
    return this.#prng.between(...this.#holdMs);
  }

  #count(fault: LinkFault): void {
    this.counts.set(fault, (this.counts.get(fault) ?? 0) + 1);
  }

  #after(milliseconds: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, milliseconds);
    this.#timers.add(timer);
  }

  #drop(pair: Pair): void {
    if (!this.#pairs.delete(pair)) return;
    pair.dead = true;
    pair.client.resetAndDestroy();
    pair.server.destroy();
  }
}

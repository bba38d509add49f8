/** Chance from a seed: the same seed gives the same numbers, on every machine and for ever. */
export class Prng {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
    let state = 0x811c9dc5;
    const word = (): number => {
      for (let index = 0; index < name.length; index++)
        state = Math.imul(state ^ name.charCodeAt(index), 0x01000193);
      state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d);
      return state >>> 0;
    };
    this.#a = word();
    this.#b = word();
    this.#c = word();
    for (let round = 0; round < 12; round++) this.next();
  }

  /** A stream of its own: what one part draws does not move what another part draws. */
  fork(name: string): Prng {
    return new Prng(`${this.#name}/${name}`);
  }

  /** 32 random bits (the generator sfc32). */
  next(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    this.#c |= 0;
    return sum >>> 0;
  }

  /** In [0, 1). */
  fraction(): number {
    return this.next() / 0x1_0000_0000;
  }

  /** An integer in [from, to]. */
  between(from: number, to: number): number {
    return from + Math.floor(this.fraction() * (to - from + 1));
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[Math.floor(this.fraction() * items.length)];
    if (item === undefined) throw new RangeError('nothing to pick from');
    return item;
  }

  shuffled<T>(items: readonly T[]): T[] {
    return items
      .map((item) => [this.next(), item] as const)
      .sort(([one], [other]) => one - other)
      .map(([, item]) => item);
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.next() & 0xff);
  }

  /** A UUID of version 4. */
  uuid(): string {
    const bytes = Buffer.from(this.bytes(16));
    bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
    bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
    const hex = bytes.toString('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  }
}

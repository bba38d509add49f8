/** Everything that happened, as one hash: two runs of a seed are the same run if and only if their hashes are equal. */
export class Trace {
  #high = 0x811c9dc5;
  #low = 0x2166f2b1;
  #steps = 0;
  readonly #tail: string[] = [];
  readonly #write: ((line: string) => void) | undefined;

  /** @param write gets every line, for reading along. */
  constructor(write?: (line: string) => void) {
    this.#write = write;
  }

  get steps(): number {
    return this.#steps;
  }

  get hash(): string {
    const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, '0');
    return hex(this.#high) + hex(this.#low);
  }

  /** The latest lines, oldest first: what a failure report shows. */
  get tail(): readonly string[] {
    return this.#tail;
  }

  add(line: string): void {
    this.#steps++;
    for (let index = 0; index < line.length; index++) {
      const code = line.charCodeAt(index);
      this.#high = Math.imul(this.#high ^ code, 0x01000193);
      this.#low = Math.imul(this.#low ^ code, 0x85ebca6b) ^ (this.#high >>> 13);
    }
    this.#write?.(line);
    this.#tail.push(line);
    if (this.#tail.length > 400) this.#tail.splice(0, 200);
  }
}

/**
 * A blocked Bloom filter over 64-bit hashes: all probes of an id fall into one block of 512 bits, so that asking costs
 * one cache line. 16 bits an id and 7 probes give some 0.15 % false positives; a false positive costs one page read.
 */
import { partOf } from './checkpointLayout.ts';

const BLOCK_WORDS = 16;
export const BLOCK_BYTES = BLOCK_WORDS * 4;
const PROBES = 7;

export class BloomFilter {
  readonly words: Uint32Array;
  readonly #blocks: number;
  readonly #firstBlock: number;

  /**
   * @param words the blocks
   * @param range where they stand in a filter of more blocks; hashes that fall elsewhere must not be added or asked for
   */
  constructor(words: Uint32Array, range = { firstBlock: 0, blocks: words.length / BLOCK_WORDS }) {
    this.words = words;
    this.#blocks = range.blocks;
    this.#firstBlock = range.firstBlock;
  }

  /** An empty filter of `count` blocks. */
  static ofBlocks(count: number, range = { firstBlock: 0, blocks: count }): BloomFilter {
    return new BloomFilter(new Uint32Array(count * BLOCK_WORDS), range);
  }

  add(high: number, low: number): void {
    const block = this.#block(high);
    let bits = mix(high, low);
    for (let probe = 0; probe < PROBES; probe++) {
      const word = block + ((bits >>> 5) & 15);
      this.words[word] = (this.words[word] ?? 0) | (1 << (bits & 31));
      bits = next(bits, probe);
    }
  }

  mayHave(high: number, low: number): boolean {
    const block = this.#block(high);
    let bits = mix(high, low);
    for (let probe = 0; probe < PROBES; probe++) {
      const word = this.words[block + ((bits >>> 5) & 15)] ?? 0;
      if ((word & (1 << (bits & 31))) === 0) return false;
      bits = next(bits, probe);
    }
    return true;
  }

  #block(high: number): number {
    return (partOf(high, this.#blocks) - this.#firstBlock) * BLOCK_WORDS;
  }
}

/** A word to draw probes from; the block was chosen by the high bits of `high`, so its low bits and `low` are free. */
function mix(high: number, low: number): number {
  return Math.imul(low ^ Math.imul(high, 0x9e3779b1), 0x85ebca6b) >>> 0;
}

function next(bits: number, probe: number): number {
  const stirred = Math.imul(bits ^ (bits >>> 15), 0xc2b2ae35 + 2 * probe) >>> 0;
  return (stirred ^ (stirred >>> 13)) >>> 0;
}

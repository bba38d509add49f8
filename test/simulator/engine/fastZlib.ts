/**
 * Raw deflate without compressing: a run of the simulator packs and unpacks rows hundreds of thousands of times, and
 * compressing them would take a fifth of its time. What is written is valid raw deflate (stored blocks), which any
 * inflate reads.
 */
import { syncBuiltinESMExports } from 'node:module';
import zlib from 'node:zlib';

const BLOCK_BYTES = 0xffff;
const HEADER_BYTES = 5;

const inflateRawSync = zlib.inflateRawSync;

function stored(input: unknown): Buffer {
  const bytes = input as Uint8Array;
  const blocks = Math.max(1, Math.ceil(bytes.length / BLOCK_BYTES));
  const packed = Buffer.allocUnsafeSlow(bytes.length + blocks * HEADER_BYTES);
  for (let block = 0, at = 0; block < blocks; block++) {
    const part = bytes.subarray(block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES);
    packed[at] = block === blocks - 1 ? 1 : 0;
    packed.writeUInt16LE(part.length, at + 1);
    packed.writeUInt16LE(part.length ^ 0xffff, at + 3);
    packed.set(part, at + HEADER_BYTES);
    at += HEADER_BYTES + part.length;
  }
  return packed;
}

/** What {@link stored} packed; undefined when the bytes are of another kind. */
function unstored(input: unknown): Buffer | undefined {
  const packed = input as Uint8Array;
  const parts: Uint8Array[] = [];
  for (let at = 0; ;) {
    const head = packed[at];
    const length = (packed[at + 1] ?? 0) | ((packed[at + 2] ?? 0) << 8);
    const check = (packed[at + 3] ?? 0) | ((packed[at + 4] ?? 0) << 8);
    if ((head !== 0 && head !== 1) || (length ^ 0xffff) !== check) return undefined;
    parts.push(packed.subarray(at + HEADER_BYTES, at + HEADER_BYTES + length));
    at += HEADER_BYTES + length;
    if (head === 1) return at === packed.length ? Buffer.concat(parts) : undefined;
  }
}

/** Takes effect for every module of this process. */
export function useStoredDeflate(): void {
  zlib.deflateRawSync = stored as typeof zlib.deflateRawSync;
  zlib.inflateRawSync = ((input, options) =>
    unstored(input) ?? inflateRawSync(input, options)) as typeof zlib.inflateRawSync;
  syncBuiltinESMExports();
}

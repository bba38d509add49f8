/**
 * The durable state: a file of JSON lines that only grows while the simulator runs, is read back at the next start
 * and rewritten compactly then. Whatever was answered had been written and flushed before.
 */
import { createReadStream } from 'node:fs';
import { mkdir, open, rename } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

const FORMAT = { kind: 'format', version: 2 } as const;

export class RecordFile {
  readonly #path: string;
  #handle: FileHandle | undefined;
  #waiting: string[] = [];
  #flushing: Promise<void> = Promise.resolve();
  #failure: Error | undefined;

  private constructor(path: string) {
    this.#path = path;
  }

  /**
   * Replays the file, if there is one, and writes it anew from what `snapshot` then says.
   * @throws when a line other than an unfinished last one cannot be read, or the format is another.
   */
  static async open(
    folder: string,
    replay: (record: unknown) => void,
    snapshot: () => Iterable<object>,
  ): Promise<RecordFile> {
    await mkdir(folder, { recursive: true });
    const file = new RecordFile(join(folder, 'dynamics.jsonl'));
    await readLines(file.#path, replay);
    await file.#rewrite(snapshot());
    return file;
  }

  /** Replaces the content in one step: a kill leaves either the old file or the new one. */
  async #rewrite(records: Iterable<object>): Promise<void> {
    const next = `${this.#path}.next`;
    const handle = await open(next, 'w');
    let text = `${JSON.stringify(FORMAT)}\n`;
    for (const record of records) {
      text += `${JSON.stringify(record)}\n`;
      if (text.length > 1_000_000) {
        await handle.write(text);
        text = '';
      }
    }
    await handle.write(text);
    await handle.datasync();
    await handle.close();
    await rename(next, this.#path);
    this.#handle = await open(this.#path, 'a');
  }

  /** Queues a record; `settled` tells when it is durable. */
  append(record: object): void {
    this.#waiting.push(`${JSON.stringify(record)}\n`);
    if (this.#waiting.length === 1) this.#flushing = this.#flushing.then(() => this.#flush());
  }

  /** Resolves when all records appended so far are on disk. @throws when the file could not be written. */
  async settled(): Promise<void> {
    await this.#flushing;
    if (this.#failure) throw this.#failure;
  }

  async close(): Promise<void> {
    await this.#flushing;
    await this.#handle?.close();
    this.#handle = undefined;
  }

  async #flush(): Promise<void> {
    const text = this.#waiting.join('');
    this.#waiting = [];
    if (this.#failure) return;
    try {
      if (!this.#handle) throw new Error(`${this.#path} is closed`);
      await this.#handle.appendFile(text);
      await this.#handle.datasync();
    } catch (error) {
      this.#failure = new Error(`state could not be written to ${this.#path}`, { cause: error });
    }
  }
}

/** A last line without its line end was never acknowledged: it is left out, and gone with the rewriting. */
async function readLines(path: string, replay: (record: unknown) => void): Promise<void> {
  let rest = Buffer.alloc(0);
  let number = 0;
  const stream = createReadStream(path, { highWaterMark: 1 << 20 });
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      let data = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
      for (let end = data.indexOf(10); end >= 0; end = data.indexOf(10)) {
        number += 1;
        replayLine(path, number, data.toString('utf8', 0, end), replay);
        data = data.subarray(end + 1);
      }
      rest = Buffer.from(data);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
}

function replayLine(path: string, number: number, line: string, replay: (record: unknown) => void): void {
  let record: unknown;
  try {
    record = JSON.parse(line);
  } catch (cause) {
    throw new Error(`line ${number} of ${path} is damaged; delete the file to start anew`, { cause });
  }
  if (number > 1) {
    replay(record);
    return;
  }
  if ((record as { version?: unknown }).version !== FORMAT.version) {
    throw new Error(
      `${path} has another format than version ${FORMAT.version}; delete the file to start anew`,
    );
  }
}

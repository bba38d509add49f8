/** The command line of a command of the tests: its usage when asked, and a clear line about what it does not understand. */
import { readFileSync } from 'node:fs';
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';

/** What is not understood ends a command with this. */
const NOT_UNDERSTOOD = 2;

export class CommandLine {
  readonly #file: string;

  /** @param file source of the command; the comment at its head is its usage */
  constructor(file: string) {
    this.#file = file;
  }

  /** The options of this process. `--help` prints the usage and ends it. */
  read<const Options extends ParseArgsOptionsConfig>(options: Options) {
    const help = { type: 'boolean', short: 'h', default: false } as const;
    const read = () => parseArgs({ options: { ...options, help } }).values;
    let values: ReturnType<typeof read>;
    try {
      values = read();
    } catch (error) {
      // The first sentence names the option; the others are about positional arguments, of which there are none.
      return this.refuse(String((error as Error).message).split(/\. |\n/)[0] ?? '');
    }
    if ((values as { help?: boolean }).help !== true) return values;
    console.log(usageOf(this.#file));
    return process.exit(0);
  }

  /** The value of an option that is a whole number; ends the process when it is none. */
  wholeNumber(name: string, text: string): number {
    if (!/^\d{1,15}$/.test(text)) this.refuse(`--${name} ("${text}") is not a whole number`);
    return Number(text);
  }

  /** Ends the process with a line about what was not understood, and the usage. */
  refuse(message: string): never {
    console.error(`${message}\n\n${usageOf(this.#file)}`);
    return process.exit(NOT_UNDERSTOOD);
  }
}

/** The comment at the head of a source file, without what makes it a comment. */
function usageOf(file: string): string {
  const [, comment = ''] = /^\/\*\*([^]*?)\*\//.exec(readFileSync(file, 'utf8')) ?? [];
  return comment.replace(/^ ?\* ?/gm, '').trim();
}

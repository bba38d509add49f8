/** The host's log: short lines for a person, the function's name first, coloured on a terminal. */
import { styleText } from 'node:util';
import type { LogCategory, LogLevel } from './coreTypes.ts';

export interface LogEntry {
  readonly level: LogLevel;
  /** `user`: written by the app. `system`: by the host or the library. */
  readonly category: LogCategory;
  readonly message: string;
  readonly functionName?: string;
}

export interface HostLog {
  write(entry: LogEntry): void;
}

const severity: Record<LogLevel, number> = {
  trace: 0,
  debug: 1,
  information: 2,
  warning: 3,
  error: 4,
  critical: 5,
  none: 6,
};
const colours = {
  trace: 'gray',
  debug: 'gray',
  information: 'reset',
  warning: 'yellow',
  error: 'red',
  critical: 'red',
  none: 'reset',
} as const;

/** Writes entries of at least `minimum` as lines. */
export function lineLog(minimum: LogLevel, write: (line: string) => void, coloured: boolean): HostLog {
  return {
    write({ level, message, functionName }) {
      if (level === 'none' || severity[level] < severity[minimum]) return;
      const name = functionName === undefined ? '' : `[${functionName}] `;
      const mark = severity[level] >= severity.warning ? `${level}: ` : '';
      const text = `${mark}${message}`;
      if (!coloured) write(`${name}${text}`);
      else write(`${styleText('cyan', name)}${styleText(colours[level], text)}`);
    },
  };
}

/** Logs to standard output, with colours when that is a terminal. */
export function consoleLog(minimum: LogLevel): HostLog {
  return lineLog(minimum, (line) => process.stdout.write(`${line}\n`), process.stdout.isTTY);
}

/** The message of a thrown value, with its stack when it has one. */
export function describeError(error: unknown): string {
  if (error instanceof Error) return error.stack ?? error.message;
  return String(error);
}

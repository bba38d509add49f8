/** The command line of the local start. */
import { parseArgs } from 'node:util';

export const USAGE = `Runs the business layer with storage, queue and a simulated Dynamics side on this machine.

  npm start                        start, and stop with Ctrl-C; the data is kept
  npm start -- --reset             forget the data of earlier runs first
  npm start -- --data FOLDER       keep the data in FOLDER instead of .local
`;

export interface Arguments {
  readonly dataFolder: string;
  readonly reset: boolean;
  readonly help: boolean;
}

/** @throws TypeError naming what was not understood. */
export function readArguments(args: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      data: { type: 'string', default: '.local' },
      reset: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  return { dataFolder: values.data, reset: values.reset, help: values.help };
}

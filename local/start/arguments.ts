/** The command line of the local start. */
import { parseArgs } from 'node:util';

export const USAGE = `Runs the business layer with storage, queue and a simulated Dynamics side on this machine.

  npm start                        start, and stop with Ctrl-C; the data is kept
  npm start -- --reset             forget the data of earlier runs first
  npm start -- --data FOLDER       keep the data in FOLDER instead of .local
  npm start -- --scenario FILE     let the simulated Dynamics side misbehave, e.g. as in
                                   local/dynamics/scenarios/lost-responses.json
`;

export interface Arguments {
  readonly dataFolder: string;
  readonly reset: boolean;
  /** How the simulated Dynamics side misbehaves: a file. */
  readonly scenarioFile?: string;
  readonly help: boolean;
}

/** @throws TypeError naming what was not understood. */
export function readArguments(args: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      data: { type: 'string', default: '.local' },
      scenario: { type: 'string' },
      reset: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const { data, scenario, reset, help } = values;
  return { dataFolder: data, reset, help, ...(scenario === undefined ? {} : { scenarioFile: scenario }) };
}

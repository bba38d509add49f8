/** Reads a scenario file from disk. */
import { readFile } from 'node:fs/promises';
import { parseScenario } from './scenario.ts';
import type { Scenario } from './scenario.ts';

/** The file cannot be read, or is no scenario. */
export class ScenarioError extends Error {}

/** @throws ScenarioError naming the file and what is wrong with it */
export async function readScenario(file: string): Promise<Scenario> {
  try {
    return parseScenario(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ScenarioError(`scenario ${file}: ${reason}`, { cause: error });
  }
}

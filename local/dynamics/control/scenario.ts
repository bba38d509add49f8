/** A scenario file: how the simulated services misbehave, as JSON. */
import { isObject } from '../exactJson.ts';
import { Refusal } from '../http/exchange.ts';
import type { FaultRule } from '../http/faults.ts';
import { parseFaultRule } from '../http/parseFaultRule.ts';

export interface Scenario {
  /** What it plays, in a sentence. */
  readonly description: string;
  readonly faults: readonly FaultRule[];
}

/** @throws Refusal 400 naming the rule and the field. */
export function parseScenario(value: unknown): Scenario {
  if (!isObject(value)) throw new Refusal(400, 'A scenario is a JSON object.');
  const { description, faults, ...others } = value;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined)
    throw new Refusal(400, `A scenario has no ${unknown}; it has description, faults.`);
  if (typeof description !== 'string') throw new Refusal(400, 'A scenario needs a description.');
  if (!Array.isArray(faults)) throw new Refusal(400, 'A scenario needs faults, an array of rules.');
  return { description, faults: faults.map(ruleAt) };
}

function ruleAt(value: unknown, position: number): FaultRule {
  try {
    return parseFaultRule(value);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new Refusal(400, `faults[${position}]: ${error.message}`);
  }
}

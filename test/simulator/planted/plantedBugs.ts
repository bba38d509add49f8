/** All planted bugs. */
import { DECISION_BUGS } from './decisionBugs.ts';
import type { PlantedBug } from './plantedBug.ts';
import { LOG_BUGS } from './logBugs.ts';
import { PORT_BUGS } from './portBugs.ts';
import { RULE_BUGS } from './ruleBugs.ts';
import { SOURCE_BUGS } from './sourceBugs.ts';
import { UPKEEP_BUGS } from './upkeepBugs.ts';

export const PLANTED_BUGS: readonly PlantedBug[] = [
  ...PORT_BUGS,
  ...SOURCE_BUGS,
  ...RULE_BUGS,
  ...UPKEEP_BUGS,
  ...DECISION_BUGS,
  ...LOG_BUGS,
];

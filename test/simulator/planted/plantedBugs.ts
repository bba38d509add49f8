/** All planted bugs. */
import type { PlantedBug } from './plantedBug.ts';
import { PORT_BUGS } from './portBugs.ts';
import { RULE_BUGS } from './ruleBugs.ts';
import { SOURCE_BUGS } from './sourceBugs.ts';

export const PLANTED_BUGS: readonly PlantedBug[] = [...PORT_BUGS, ...SOURCE_BUGS, ...RULE_BUGS];

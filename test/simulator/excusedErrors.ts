/** Errors in the product's log that nothing is wrong behind but what the run itself has done to it. */
import type { Process } from './engine/process.ts';
import type { LoggedEntry } from './models/ports.ts';
import type { World } from './world.ts';

/** @param faultFree whether the faults are over, and nothing is excused that they explain */
export function isExcused(
  world: World,
  { message, reason, fields }: LoggedEntry,
  process: Process,
  faultFree: boolean,
): boolean {
  if (!faultFree && (reason.includes('simulated:') || saysTryAgain(reason))) return true;
  if (message.startsWith('Audit:')) return isMisfortune(world, fields['code'], process);
  if (reason.includes('Deploy the newer version') && !process.isNewer) {
    world.sometimes.note('upgrade: older instance met newer rows');
    return true;
  }
  if (message.startsWith('Lines that were closed without posting') && cameByHand(world, fields['journal'])) {
    world.sometimes.note('decision: closed, and run again by hand at SCM');
    return true;
  }
  // A hop that was at work while storage went back in time meets rows that are gone, once.
  return world.rewound && !faultFree;
}

function saysTryAgain(reason: string): boolean {
  return reason.includes('could not be written in time') || reason.includes('did not hold still');
}

/** What an audit may find in a log that nothing is wrong with. */
function isMisfortune(world: World, code: unknown, process: Process): boolean {
  // What comes of a package without an answer nobody can tell.
  if (code === 'PackageUnknown') return true;
  if (code === 'RowUnreadable') return world.upgrade !== 'none' && !process.isNewer;
  return world.rewound;
}

/** What SCM called failed, and somebody there ran again after a line of it was closed here, nobody can foresee. */
function cameByHand({ environments }: World, journal: unknown): boolean {
  return environments.some(({ supplyChain }) =>
    [...supplyChain.state.lines.values()].some(
      ({ byHand, row }) => byHand && row['JOURNALNUMBER'] === journal,
    ),
  );
}

/** A bug planted on purpose, which the simulator must find. */
import type { Plant } from '../plant.ts';

/**
 * `ports` is made from the outside; `source` replaces one exact text of one file when it is loaded, and fails when that text
 * is not there.
 */
export interface PlantedBug {
  readonly name: string;
  readonly ports?: Plant;
  /** Shows only where storage goes back in time. */
  readonly needsRewind?: true;
  readonly source?: readonly { readonly file: string; readonly from: string; readonly to: string }[];
}

/** A bug made by replacing one text of one file. */
export function inSource(name: string, file: string, from: string, to: string): PlantedBug {
  return { name, source: [{ file, from, to }] };
}

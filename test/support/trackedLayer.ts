/** A layer whose packages are on their way to a scripted Supply Chain Management, for tests of tracking. */
import { beforeEach } from 'vitest';
import { useAzurite } from '../../local/azurite/testAzurite.ts';
import { ScriptedLayer } from './scriptedLayer.ts';
import type { ScriptedSupplyChain } from './scriptedPorts.ts';

export const HOUR = 3_600_000;
/** Longer than any outcome is waited for. */
export const LONG = 2 * HOUR;

export interface TrackedLayer {
  readonly instance: ScriptedLayer;
  readonly scm: ScriptedSupplyChain;
  /** Begins anew. @param linesDeletedAfterPosting what is known of the journal names in use */
  install(linesDeletedAfterPosting: 'yes' | 'no' | 'unknown'): Promise<void>;
}

export function supplyChainSettings(changes: Readonly<Record<string, unknown>>) {
  return {
    supplyChain: {
      url: 'https://scm.example.com',
      credential: { kind: 'managedIdentity' },
      activityId: '44444444-4444-4444-8444-444444444444',
      unknownOutcomeSeconds: 3_600,
      postingJobEveryHours: 24,
      ...changes,
    },
  };
}

/** A new one before each test of the file that calls it, whose journals are known to keep their lines. */
export function useTrackedLayer(): TrackedLayer {
  const azurite = useAzurite();
  let instance: ScriptedLayer | undefined;
  const layer: TrackedLayer = {
    get instance() {
      if (instance === undefined) throw new Error('a test uses the layer before it is there');
      return instance;
    },
    get scm() {
      return layer.instance.ends.supplyChain;
    },
    async install(linesDeletedAfterPosting) {
      instance = await ScriptedLayer.install(
        azurite.store(),
        supplyChainSettings({ linesDeletedAfterPosting }),
      );
    },
  };
  beforeEach(() => layer.install('no'));
  return layer;
}

/** A layer with lines that somebody has to decide about, and a scripted Supply Chain Management that refuses some of them. */
import { beforeEach, expect } from 'vitest';
import { useAzurite } from '../../local/azurite/testAzurite.ts';
import { pageOf } from './decisions.ts';
import { postPackage, sendLines, statusesOf, track } from './journalSteps.ts';
import { postedLine, ScriptedLayer } from './scriptedLayer.ts';
import type { ScriptedSupplyChain, SentPackage } from './scriptedPorts.ts';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
export const NOT_NOW = { code: 'NotAllowedNow' };
/** When both lines are in the ERP. */
export const settled = { accepted: 7, inErp: 7, doNotSync: 0, waiting: 0 };

export const decisionSettings = (linesDeletedAfterPosting: 'yes' | 'no' | 'unknown' = 'unknown') => ({
  supplyChain: {
    url: 'https://scm.example.com',
    credential: { kind: 'managedIdentity' },
    activityId: '44444444-4444-4444-8444-444444444444',
    linesDeletedAfterPosting,
    unknownOutcomeSeconds: 600,
  },
});

export const LINES = [
  postedLine('good', { quantity: 3 }),
  postedLine('bad', { quantity: 4, fnoJournalNameId: 'WRONG', transDate: '2026-01-04', costPrice: 2 }),
];

export const lineOf = (sent: SentPackage | undefined, product: string) =>
  sent?.lines.find(({ itemNumber }) => itemNumber === product);

/** A new installation before each test of the file that makes it. */
export class DecidedLayer {
  #instance: ScriptedLayer | undefined;

  constructor() {
    const azurite = useAzurite();
    beforeEach(async () => {
      this.#instance = await ScriptedLayer.install(azurite.store(), decisionSettings());
    });
  }

  get instance(): ScriptedLayer {
    if (this.#instance === undefined) throw new Error('a test uses the layer before it is there');
    return this.#instance;
  }

  get scm(): ScriptedSupplyChain {
    return this.instance.ends.supplyChain;
  }

  /** Imports what was sent last, but for lines that the ERP refuses by name. */
  readonly importLast = (refuses: (product: string) => boolean): void => {
    const sent = this.scm.sent.at(-1);
    this.scm.import(sent, ({ itemNumber }) => !refuses(itemNumber));
    const errors = sent?.lines.filter(({ itemNumber }) => refuses(itemNumber)) ?? [];
    this.scm.conclude(
      `message-${this.scm.sent.length}`,
      errors.map(({ aggregatedLineId }) => ({ aggregatedLineId, message: 'no such journal name' })),
    );
  };

  /** Both lines in one package; the ERP takes one, posts it, and refuses the other. */
  readonly withErrorLine = async (): Promise<void> => {
    await this.instance.change({ ...decisionSettings(), maxJournalCountPerPackage: 10 });
    await sendLines(this.instance, LINES);
    this.importLast((product) => product === 'P-bad');
    this.scm.post();
    await track(this.instance);
    await track(this.instance);
    expect((await statusesOf(this.instance)).toSorted()).toEqual(['FnOTransCreateError', 'FnOTransPosted']);
  };

  /** What was asked for is sent, imported and posted. */
  readonly sendImportPost = async (): Promise<void> => {
    await postPackage(this.instance);
    this.importLast(() => false);
    this.scm.post();
    await track(this.instance);
    await track(this.instance);
  };

  readonly withPosted = async (): Promise<void> => {
    for (const [index, sent] of this.scm.sent.entries()) {
      this.scm.import(sent);
      this.scm.conclude(`message-${index + 1}`);
    }
    this.scm.post();
    await track(this.instance);
    await track(this.instance);
  };

  readonly statusOf = async (id: string): Promise<unknown> => (await pageOf(this.instance, id))['status'];
}

import { describe, expect, test } from 'vitest';
import { DecidedLayer, LINES, NOT_NOW } from '../../test/support/decidedLayer.ts';
import { balanceOf, decideAbout, pageOf, type View } from '../../test/support/decisions.ts';
import { postPackage, sendLines, syncAndPackage } from '../../test/support/journalSteps.ts';
import { postedLine } from '../../test/support/scriptedLayer.ts';

const layer = new DecidedLayer();

describe('reversing', () => {
  test('appends the opposite once, linked both ways, and it goes all the way', async () => {
    await sendLines(layer.instance, LINES.slice(0, 1));
    await layer.withPosted();
    const order = { reason: 'posted in error' };
    const before = await layer.instance.rows('batch~');
    const preview = await decideAbout(layer.instance, 'good', 'reverse', order, { preview: true });
    expect(preview).toMatchObject({
      changed: false,
      does: expect.stringContaining('of -3 is posted') as string,
    });
    expect(await layer.instance.rows('batch~')).toEqual(before);
    expect(await decideAbout(layer.instance, 'good', 'reverse', order)).toMatchObject({ changed: true });
    const other = { reason: 'again', transDate: '2026-01-02' };
    expect(await decideAbout(layer.instance.another(), 'good', 'reverse', other)).toMatchObject({
      changed: false,
    });
    const page = await pageOf(layer.instance, 'good');
    const reversal = page['reversedBy'] as View;
    expect(await layer.instance.rows('batch~')).toHaveLength(2);
    await syncAndPackage(layer.instance);
    await postPackage(layer.instance, 1, 2);
    await layer.withPosted();
    expect(await pageOf(layer.instance, String(reversal['id']))).toMatchObject({
      quantity: '-3',
      status: 'FnOTransPosted',
    });
    expect(await balanceOf(layer.instance)).toEqual({ accepted: 0, inErp: 0, doNotSync: 0, waiting: 0 });
  });

  test('is not for a line that SCM does not hold, or whose id somebody else uses', async () => {
    await layer.withErrorLine();
    await expect(decideAbout(layer.instance, 'bad', 'reverse', { reason: 'x' })).rejects.toMatchObject(
      NOT_NOW,
    );
    const { lineRecordId } = await pageOf(layer.instance, 'good');
    await layer.instance.results([postedLine(`reversal-of-${String(lineRecordId)}`, { productId: 'X' })]);
    await expect(decideAbout(layer.instance, 'good', 'reverse', { reason: 'x' })).rejects.toThrow(
      'another adjustment',
    );
  });
});

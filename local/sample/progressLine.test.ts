import { expect, test } from 'vitest';
import { ProgressLine, type Screen } from './progressLine.ts';

function screen(isTTY: boolean): Screen & { text: string } {
  return {
    isTTY,
    columns: 20,
    text: '',
    write(text) {
      this.text += text;
    },
  };
}

test('a terminal has one line that is rewritten and never wraps', () => {
  const terminal = screen(true);
  const progress = new ProgressLine(terminal, () => 0);
  progress.show('accepted 1');
  progress.show('accepted 2 of very many');
  progress.end();
  expect(terminal.text).toBe('\r\u001b[2K  0 s   accepted 1\r\u001b[2K  0 s   accepted 2 \n');
});

test('elsewhere a line comes when something has changed, at most every two seconds, and the last one always', () => {
  const log = screen(false);
  let now = 0;
  const progress = new ProgressLine(log, () => now);
  for (const [at, text] of [
    [0, 'a'],
    [1_000, 'b'],
    [1_500, 'c'],
    [3_000, 'd'],
    [9_000, 'd'],
    [9_500, 'e'],
    [9_600, 'f'],
  ] as const) {
    now = at;
    progress.show(text);
  }
  progress.end();
  expect(log.text).toBe('  0 s   a\n  3 s   d\n 10 s   e\n 10 s   f\n');
});

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function run(file: string, ...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(import.meta.dirname, '..', file), ...args], (error, out, err) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err }),
    );
  });
}

describe.each([
  ['simulator/simulate.ts', 'npm run simulate -- --seeds 2000 '],
  ['soak/soak.ts', 'npm run soak -- --seed 17 '],
])('%s', (file, line) => {
  test('says how it is used', async () => {
    const { code, out, err } = await run(file, '--help');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain(`\n  ${line}`);
    expect(out).not.toContain('*');
  });

  test('names an option that there is not', async () => {
    const { code, out, err } = await run(file, '--sed', '7');
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err.startsWith("Unknown option '--sed'\n")).toBe(true);
    expect(err).toContain(`\n  ${line}`);
  });
});

test.each([
  [['--seeds', 'ten'], '--seeds ("ten") is not a whole number\n'],
  [['--scenario', 'large'], '--scenario ("large") is none of tiny, small, pair\n'],
  [['--planted', '--bug', 'there is none such'], 'no planted bug has "there is none such" in its name\n'],
])('the simulator refuses %j', async (args, message) => {
  const { code, err } = await run('simulator/simulate.ts', ...args);
  expect({ code, said: err.slice(0, message.length) }).toEqual({ code: 2, said: message });
});

/** What README and docs claim: links lead somewhere, commands exist, every code and every setting is described. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { LINE_PROBLEM_TITLES } from '../shared/adjustments/lineProblems.ts';
import { FINDINGS } from '../shared/audit/findingCodes.ts';
import { API_ERRORS } from '../shared/http/errors.ts';
import { CHECK_CODES } from '../shared/setUp/check.ts';
import { DEFAULT_SETTINGS } from '../shared/settings/defaultSettings.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...globSync(['docs/**/*.md', 'local/**/*.md'], { cwd: root }),
];

/** The anchor that a heading gets. */
const anchorOf = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

describe.each(pages)('%s', (page) => {
  const text = read(page);

  it('links only to what exists', () => {
    for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const [file = '', anchor] = target.split('#');
      const linked = file === '' ? page : path.join(path.dirname(page), file);
      expect(existsSync(path.join(root, linked)), `${page} links to ${target}`).toBe(true);
      if (anchor === undefined) continue;
      const anchors = [...read(linked).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading));
      expect(anchors, `${page} links to ${target}`).toContain(anchor);
    }
  });

  it('names only scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    for (const [, name = ''] of text.matchAll(/\bnpm run ([a-z:]+)/g))
      expect(Object.keys(scripts)).toContain(name);
  });

  it('names only files of the tree that exist', () => {
    for (const [, file = ''] of text.matchAll(/`((?:shared|local|functions|docs|test)\/[A-Za-z0-9_./-]+)`/g))
      expect(existsSync(path.join(root, file)), `${page} names ${file}`).toBe(true);
  });
});

it('docs/errors.md describes every code with its status and title', () => {
  const text = read('docs/errors.md').replace(/ +/g, ' ');
  for (const [code, { status, title }] of Object.entries(API_ERRORS))
    expect(text).toContain(`| \`${code}\` | ${status} | ${title} |`);
  for (const [code, title] of Object.entries(LINE_PROBLEM_TITLES))
    expect(text).toContain(`| \`${code}\` | ${title} |`);
});

it('docs/operations.md describes everything that an audit can find', () => {
  const text = read('docs/operations.md').replace(/ +/g, ' ');
  for (const [code, { severity, message }] of Object.entries(FINDINGS))
    expect(text).toContain(`| \`${code}\` | ${severity} | ${message} |`);
});

it('docs/set-up.md describes everything that is looked at, in the order of the report', () => {
  const described = [...read('docs/set-up.md').matchAll(/^\| `([A-Za-z]+)` +\|/gm)].map(([, code]) => code);
  expect(described).toEqual([...CHECK_CODES]);
});

it('docs/settings.md describes every setting that has a default', () => {
  const text = read('docs/settings.md');
  const described = (name: string): boolean => text.includes(`\`${name}`);
  for (const [name, value] of Object.entries(DEFAULT_SETTINGS)) {
    const nested = [
      'costPolicy',
      'limits',
      'inventoryVisibility',
      'supplyChain',
      'jobSettings',
      'retention',
    ].includes(name);
    const names = nested ? Object.keys(value as object).map((inner) => `${name}.${inner}`) : [name];
    for (const full of names) expect(described(full), full).toBe(true);
  }
});

it('docs/settings.md describes every app setting that the code reads', () => {
  const text = read('docs/settings.md');
  const sources = globSync(['functions/*.ts', 'shared/{tables,queue}/*Connection.ts'], { cwd: root })
    .map(read)
    .join('\n');
  const names = sources.matchAll(/(?:env\[|settings\.|required\()'?([A-Z][A-Z_]+(?:__[a-zA-Z]+)?)/g);
  for (const [, name = ''] of names) expect(text, name).toContain(name);
});

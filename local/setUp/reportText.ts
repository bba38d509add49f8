/** A report of the set-up checks, and a configuration with its to-do list, for the terminal. */
import type { Check, CheckResult } from '../../shared/setUp/check.ts';
import type { Configuration } from '../../shared/setUp/configure.ts';
import type { SetUpReport } from '../../shared/setUp/doctor.ts';

const MARKS: Readonly<Record<CheckResult, string>> = {
  pass: 'pass',
  warn: 'WARN',
  fail: 'FAIL',
  toBeConfirmed: 'to be confirmed',
};

const BOXES: Readonly<Record<CheckResult, string>> = {
  pass: '[x]',
  warn: '[ ]',
  fail: '[ ]',
  toBeConfirmed: '[?]',
};

export function reportText({ environmentId, summary, checks }: SetUpReport): string {
  const width = Math.max(...Object.values(MARKS).map((mark) => mark.length));
  const lines = checks.map(
    (check) => `${MARKS[check.result].padEnd(width)}  ${said(check)}${remedy(check, width + 2)}`,
  );
  const { pass, warn, fail, toBeConfirmed } = summary;
  return [
    `Set-up of environment ${environmentId}`,
    '',
    ...lines,
    '',
    `${pass} pass, ${warn} warn, ${fail} fail, ${toBeConfirmed} to be confirmed`,
  ].join('\n');
}

export function configurationText({ environmentId, steps, report }: Configuration): string {
  return [
    `Configuration of environment ${environmentId}`,
    '',
    ...steps.map(
      ({ what, outcome, detail }) =>
        `${OUTCOMES[outcome]}  ${what}${detail === undefined ? '' : `\n            ${detail}`}`,
    ),
    '',
    'To do: [x] done, [ ] to do, [?] to be confirmed by looking',
    '',
    ...report.checks.map((check) => `${BOXES[check.result]} ${said(check)}${remedy(check, 4)}`),
  ].join('\n');
}

const OUTCOMES = { created: 'created   ', there: 'was there ', failed: 'FAILED    ' } as const;

function said({ subject, seen }: Check): string {
  return `${subject}: ${seen}`;
}

function remedy({ remedy: text }: Check, indent: number): string {
  return text === undefined ? '' : `\n${' '.repeat(indent)}→ ${text}`;
}

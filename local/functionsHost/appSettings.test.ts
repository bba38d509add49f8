import { expect, test } from 'vitest';
import { applySettings, isDisabled, resolveSettingReferences } from './appSettings.ts';

test('explicit settings go before the environment, and the environment before the defaults', () => {
  const environment: Record<string, string | undefined> = { A: 'environment', B: 'environment' };
  const undo = applySettings(environment, { A: 'explicit' }, { A: 'file', B: 'file', C: 'file' });
  expect(environment).toEqual({ A: 'explicit', B: 'environment', C: 'file' });
  undo();
  expect(environment).toEqual({ A: 'environment', B: 'environment' });
});

test('%NAME% is replaced wherever it stands', () => {
  const environment = { HOUR: '6', QUEUE: 'orders' };
  expect(resolveSettingReferences('0 0 %HOUR% * * *', 'x', environment)).toBe('0 0 6 * * *');
  expect(resolveSettingReferences('%QUEUE%-%HOUR%', 'x', environment)).toBe('orders-6');
  expect(resolveSettingReferences('plain', 'x', environment)).toBe('plain');
});

test('a setting that is missing, or no closed reference, is an error that names it', () => {
  const owner = 'the schedule of function "tick"';
  expect(() => resolveSettingReferences('%EVERY%', owner, {})).toThrow(
    'the schedule of function "tick" ("%EVERY%") refers to the setting "EVERY", which is not set',
  );
  expect(() => resolveSettingReferences('50%', owner, {})).toThrow('"%" that is not closed');
});

test('a function is disabled by its own setting', () => {
  expect(isDisabled('tick', { 'AzureWebJobs.tick.Disabled': 'True' })).toBe(true);
  expect(isDisabled('tick', { 'AzureWebJobs.tick.Disabled': '1' })).toBe(true);
  expect(isDisabled('tick', { 'AzureWebJobs.tick.Disabled': 'false' })).toBe(false);
  expect(isDisabled('tick', { 'AzureWebJobs.tock.Disabled': 'true' })).toBe(false);
});

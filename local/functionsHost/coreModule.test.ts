import { expect, test } from 'vitest';
import { CoreModule } from './coreModule.ts';
import { lineLog } from './hostLog.ts';
import type { LogEntry } from './hostLog.ts';

interface Exports {
  registerFunction(metadata: object, callback: () => void): { dispose(): void };
  registerHook(name: string, callback: (context: LogEntry) => void): { dispose(): void };
  log(level: string, category: string, message: string): void;
}

function harness() {
  const logged: LogEntry[] = [];
  const core = new CoreModule({ write: (entry) => logged.push(entry) });
  return { core, logged, exports: core.exports as Exports };
}

test('functions are registered while the app loads, and not later', () => {
  const { core, exports } = harness();
  exports.registerFunction({ name: 'one', bindings: {} }, () => undefined);
  exports.registerFunction({ name: 'two', bindings: {} }, () => undefined).dispose();
  expect([...core.functions.keys()]).toEqual(['one']);
  core.lockRegistration();
  expect(() => exports.registerFunction({ name: 'three', bindings: {} }, () => undefined)).toThrow(
    'function "three" was registered after the app had started',
  );
});

test('an unknown hook is refused as the library expects it', () => {
  const { exports } = harness();
  expect(() => exports.registerHook('noSuchHook', () => undefined)).toThrow(
    expect.objectContaining({ name: 'RangeError', isAzureFunctionsSystemError: true }) as Error,
  );
});

test('log hooks change entries of the app, not of the system, and cannot break the log', () => {
  const { exports, logged } = harness();
  exports.registerHook('log', (context) => {
    Object.assign(context, { level: 'error', message: 'changed' });
    throw new Error('a broken hook');
  });
  exports.log('information', 'user', 'mine');
  exports.log('warning', 'system', 'its own');
  exports.log('information', 'system', 'of no interest');
  expect(logged).toMatchObject([
    { level: 'error', message: 'changed' },
    { level: 'warning', message: 'its own' },
    { level: 'debug', message: 'of no interest' },
  ]);
});

test('the log shows entries from a level on, one line each, with the name of the function', () => {
  const lines: string[] = [];
  const log = lineLog('information', (line) => lines.push(line), false);
  log.write({ level: 'debug', category: 'system', message: 'hidden' });
  log.write({ level: 'information', category: 'user', message: 'shown', functionName: 'tick' });
  log.write({ level: 'error', category: 'system', message: 'failed' });
  expect(lines).toEqual(['[tick] shown', 'error: failed']);
});

import { expect, test } from 'vitest';
import { CoreModule } from './coreModule.ts';
import { Invoker } from './invoker.ts';

test('an invocation whose request never arrives ends when the request is given up', async () => {
  const core = new CoreModule({ write: () => undefined });
  const exports = core.exports as { setProgrammingModel(model: object): void };
  exports.setProgrammingModel({
    getInvocationModel: () => ({ getArguments: () => new Promise(() => undefined) }),
  });
  const invoker = new Invoker(core, undefined);
  const fn = { metadata: { name: 'waits', bindings: {} }, callback: () => undefined };
  const givenUp = new AbortController();
  const invocation = invoker.invoke(fn, { trigger: {}, triggerMetadata: {}, signal: givenUp.signal });
  expect(invoker.isRunning('waits')).toBe(true);
  givenUp.abort(new Error('the client went away'));
  await expect(invocation).rejects.toThrow('the client went away');
  await invoker.idle();
  expect(invoker.isRunning('waits')).toBe(false);
});

import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { forkChild } from '../forkChild.ts';
import type { FixtureProbe } from './fixture/app.ts';
import { buildFixtureApp, buildInlineApp } from './fixture/buildApp.ts';
import type { AppFolder } from './fixture/buildApp.ts';
import { startFunctionsHost } from './functionsHost.ts';
import type { LogEntry } from './hostLog.ts';
import type { FunctionsHostReady } from './main.ts';

const folders: AppFolder[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) folder.remove();
});

async function inlineApp(lines: string, host?: object): Promise<AppFolder> {
  const app = await buildInlineApp(lines, host);
  folders.push(app);
  return app;
}

const silent = { write: () => undefined };
const http =
  "app.setup({ enableHttpStream: true }); app.http('ping', { handler: async () => ({ body: 'pong' }) });";

describe('an app that cannot be started is refused with the reason', () => {
  test.each([
    ['a throw while it loads', "throw new Error('no luck');", 'functions.cjs could not be loaded: no luck'],
    [
      'a name used twice',
      `${http} app.http('Ping', { handler: async () => ({}) });`,
      'functions.cjs could not be loaded: function "Ping" is registered twice',
    ],
    [
      'a name that is none',
      "app.http('a b', { handler: async () => ({}) });",
      '"a b" is not a function name',
    ],
    ['streaming left off', "app.http('ping', { handler: async () => ({}) });", 'enableHttpStream'],
    [
      'an unknown setting',
      "app.timer('tick', { schedule: '%NO_SUCH%', handler: async () => {} });",
      'the schedule of function "tick" ("%NO_SUCH%") refers to the setting "NO_SUCH"',
    ],
    [
      'a wrong schedule',
      "app.timer('tick', { schedule: '61 * * * * *', handler: async () => {} });",
      'the schedule of function "tick": "61 * * * * *"',
    ],
    [
      'a connection that is not set',
      "app.serviceBusQueue('take', { queueName: 'q', connection: 'NO_BUS', handler: async () => {} });",
      'function "take" uses the Service Bus connection "NO_BUS", which is not set',
    ],
    [
      'a trigger of another kind',
      "app.storageBlob('blob', { path: 'x', connection: 'y', handler: async () => {} });",
      'function "blob" has the trigger "blobTrigger"',
    ],
    [
      'a reserved route',
      `${http} app.http('mine', { route: 'admin/x', handler: async () => ({}) });`,
      'route "admin/x" of function "mine"',
    ],
  ])('%s', async (_what, lines, reason) => {
    const app = await inlineApp(lines);
    await expect(startFunctionsHost({ appRoot: app.root, log: silent })).rejects.toThrow(reason);
  });

  test('a host.json with a wrong value', async () => {
    const app = await inlineApp(http, {
      version: '2.0',
      extensions: { serviceBus: { maxConcurrentCalls: '4' } },
    });
    await expect(startFunctionsHost({ appRoot: app.root, log: silent })).rejects.toThrow(
      /extensions\.serviceBus\.maxConcurrentCalls in .*host\.json is "4"; write a whole number of at least 1/,
    );
  });

  test('a build that was not run', async () => {
    const app = await inlineApp(http);
    writeFileSync(path.join(app.root, 'package.json'), JSON.stringify({ main: 'out/none.cjs' }));
    await expect(startFunctionsHost({ appRoot: app.root, log: silent })).rejects.toThrow(
      'matches "main" of package.json ("out/none.cjs")',
    );
  });
});

test('local.settings.json fills up the environment; no prefix and a limit come from host.json', async () => {
  const app = await inlineApp(
    "app.setup({ enableHttpStream: true }); app.http('settings', { route: 'x', handler: async () => ({ jsonBody: [process.env.FROM_FILE, process.env.FROM_BOTH] }) });",
    { version: '2.0', extensions: { http: { routePrefix: '', maxOutstandingRequests: 5 } } },
  );
  writeFileSync(
    path.join(app.root, 'local.settings.json'),
    JSON.stringify({ IsEncrypted: false, Values: { FROM_FILE: 'file', FROM_BOTH: 'file' } }),
  );
  const host = await startFunctionsHost({ appRoot: app.root, env: { FROM_BOTH: 'option' }, log: silent });
  try {
    expect(await (await fetch(`${host.url}/x`)).json()).toEqual(['file', 'option']);
  } finally {
    await host.close();
  }
  expect(process.env['FROM_FILE']).toBeUndefined();
});

test('requests over the limits wait or are answered 429', async () => {
  const app = await inlineApp(
    `app.setup({ enableHttpStream: true });
     const held = [];
     app.http('hold', { handler: async () => { await new Promise((resolve) => { held.push(resolve); }); return { body: 'held' }; } });
     app.timer('release', { schedule: '0 0 0 1 1 *', handler: async () => { held.shift()(); } });`,
    { version: '2.0', extensions: { http: { maxConcurrentRequests: 1, maxOutstandingRequests: 2 } } },
  );
  const host = await startFunctionsHost({ appRoot: app.root, log: silent });
  try {
    const answers = [0, 1, 2].map(async () => fetch(`${host.url}/api/hold`));
    expect((await Promise.race(answers)).status).toBe(429);
    let open = 2;
    while (open > 0) {
      await fetch(`${host.url}/admin/functions/release`, { method: 'POST' });
      const settled = await Promise.race([
        Promise.all(answers),
        new Promise((resolve) => setImmediate(resolve)),
      ]);
      if (settled !== undefined) open = 0;
    }
    const statuses = (await Promise.all(answers)).map(({ status }) => status).sort();
    expect(statuses).toEqual([200, 200, 429]);
  } finally {
    await host.close();
  }
});

test('a handler over functionTimeout is answered 500', async () => {
  const app = await inlineApp(
    "app.setup({ enableHttpStream: true }); app.http('hang', { handler: () => new Promise(() => {}) });",
    { version: '2.0', functionTimeout: '00:00:00.05' },
  );
  const host = await startFunctionsHost({ appRoot: app.root, log: silent, closeTimeoutMs: 50 });
  try {
    expect((await fetch(`${host.url}/api/hang`)).status).toBe(500);
  } finally {
    await host.close();
  }
});

test('close waits for what runs, then tells the app', async () => {
  const app = await buildFixtureApp();
  folders.push(app);
  const logged: LogEntry[] = [];
  const host = await startFunctionsHost({
    appRoot: app.root,
    env: { TICK_SCHEDULE: '0 0 0 1 1 *', RECEIVE_QUEUE: 'q', 'AzureWebJobs.receive.Disabled': 'true' },
    log: { write: (entry) => logged.push(entry) },
  });
  const { events } = (globalThis as unknown as { functionsHostProbe: FixtureProbe }).functionsHostProbe;
  const slow = once(events, 'slow');
  const terminated = once(events, 'terminated');
  const answered = fetch(`${host.url}/api/slow`);
  await slow;
  const closed = host.close();
  expect(host.close()).toBe(closed);
  await expect(fetch(`${host.url}/api/nothing`)).rejects.toThrow();
  events.emit('finish');
  expect(await (await answered).text()).toBe('done');
  expect(await terminated).toEqual([{ started: true }]);
  await closed;
  expect(logged.filter(({ level }) => level === 'warning')).toEqual([]);
});

describe('as a process of its own', () => {
  const entry = new URL('./main.ts', import.meta.url);

  test('it says when it is ready, serves, and ends when told', async () => {
    const app = await inlineApp(http);
    const child = await forkChild<FunctionsHostReady>({
      name: 'functions host',
      entry,
      options: { appRoot: app.root },
    });
    try {
      expect(child.ready.functions).toMatchObject([{ name: 'ping', route: 'api/ping' }]);
      expect(await (await fetch(`${child.ready.url}/api/ping`)).text()).toBe('pong');
    } finally {
      await child.close();
    }
    expect(await child.exited).toEqual({ code: 0, signal: null });
  });

  test('it ends when the thread of its HTTP front does, because it can serve nobody', async () => {
    const app = await inlineApp(http);
    const breaking = path.join(app.root, 'breaking.mjs');
    // Runs in every thread; requests are received in that of the front first.
    writeFileSync(
      breaking,
      `import { subscribe } from 'node:diagnostics_channel';
       import { isMainThread } from 'node:worker_threads';
       if (!isMainThread)
         subscribe('http.server.request.start', ({ request }) => {
           if (request.url === '/api/ping?break') setImmediate(() => { throw new Error('the front broke'); });
         });`,
    );
    const said = Promise.withResolvers<undefined>();
    const child = await forkChild<FunctionsHostReady>({
      name: 'functions host',
      entry,
      options: { appRoot: app.root },
      env: { ...process.env, NODE_OPTIONS: `--import=${pathToFileURL(breaking).href}` },
      onLine: (line) => {
        if (line.includes('the front broke')) said.resolve(undefined);
      },
    });
    try {
      expect(await (await fetch(`${child.ready.url}/api/ping`)).text()).toBe('pong');
      await fetch(`${child.ready.url}/api/ping?break`).catch(() => undefined);
      expect(await child.exited).toEqual({ code: 1, signal: null });
      await said.promise;
    } finally {
      await child.kill();
    }
  });

  test('it says why it cannot start', async () => {
    const app = await inlineApp("throw new Error('no luck');");
    await expect(
      forkChild({ name: 'functions host', entry, options: { appRoot: app.root } }),
    ).rejects.toThrow('could not be loaded: no luck');
  });
});

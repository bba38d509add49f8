/**
 * How each local part (Azurite, broker, Dynamics simulator, functions host) runs as a process of its own: it takes
 * its options as one JSON argument, tells its parent when it is ready or why it could not start, and ends when it is
 * told to, or when its parent is gone. The parent's side is forkChild.ts.
 */
export async function childMain<Options, Ready>(
  start: (options: Options) => Promise<{ ready: Ready; close: () => Promise<void> }>,
): Promise<void> {
  const argument = process.argv[2];
  const options = JSON.parse(argument ?? '{}') as Options;
  let running: Promise<{ ready: Ready; close: () => Promise<void> }> | undefined;
  let closing: Promise<void> | undefined;
  const end = (): void => {
    closing ??= Promise.resolve(running)
      .then((part) => part?.close())
      .then(
        () => process.exit(0),
        (error: unknown) => {
          console.error(error);
          process.exit(1);
        },
      );
  };
  // Before the start: a parent that dies meanwhile must not leave an orphan behind.
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  process.on('message', (message) => {
    if (message === 'shutdown') end();
  });
  process.on('disconnect', end);
  try {
    running = start(options);
    const { ready } = await running;
    if (!process.send) console.log(JSON.stringify({ ready }));
    else if (process.connected) process.send({ ready });
  } catch (error) {
    const failed = error instanceof Error ? error.message : String(error);
    console.error(error);
    if (process.send && process.connected) process.send({ failed }, () => process.exit(1));
    else process.exit(1);
  }
}

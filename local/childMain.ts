/**
 * How each local part (broker, Dynamics simulator, functions host) runs as a process of its own: it takes its
 * options as one JSON argument, tells its parent when it is ready, and ends when it is told to, or when its parent
 * is gone.
 */
export async function childMain<Options, Ready>(
  start: (options: Options) => Promise<{ ready: Ready; close: () => Promise<void> }>,
): Promise<void> {
  const argument = process.argv[2];
  const options = JSON.parse(argument ?? '{}') as Options;
  const running = await start(options);
  let closing: Promise<void> | undefined;
  const end = (): void => {
    closing ??= running.close().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  process.on('message', (message) => {
    if (message === 'shutdown') end();
  });
  process.on('disconnect', end);
  if (process.send) process.send({ ready: running.ready });
  else console.log(JSON.stringify({ ready: running.ready }));
}

/** Runs the broker as a process of its own: `node local/broker/main.ts '{"queues":{"orders":{}}}'`. */
import { childMain } from '../childMain.ts';
import { startBroker, type BrokerOptions } from './broker.ts';

await childMain(async (options: BrokerOptions) => {
  const broker = await startBroker(options);
  return {
    ready: { port: broker.port, connectionString: broker.connectionString },
    close: () => broker.close(),
  };
});

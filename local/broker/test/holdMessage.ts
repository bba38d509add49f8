/** A client that receives one message, tells its parent the body, and keeps the message until it is killed. */
import { ServiceBusClient } from '@azure/service-bus';

const client = new ServiceBusClient(process.argv[2] ?? '');
const [message] = await client.createReceiver('orders').receiveMessages(1);
process.send?.(message?.body);
process.on('disconnect', () => process.exit());

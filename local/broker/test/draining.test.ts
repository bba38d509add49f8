import { expect, test } from 'vitest';
import { orders } from './fixture.ts';

test('a receive that ends while a message arrives keeps its link: every drain is answered', async () => {
  const { client, sender, receiver, broker } = await orders();
  await receiver.receiveMessages(1, { maxWaitTimeInMs: 1 });
  const linksAtFirst = receiverLinks(client);
  let received = 0;
  for (let round = 0; round < 150; round += 1) {
    const sending = sender.sendMessages({ body: round });
    const messages = await receiver.receiveMessages(1, { maxWaitTimeInMs: 1 });
    for (const message of messages) await receiver.completeMessage(message);
    received += messages.length;
    await sending;
  }
  // Both ways of the race were seen: the wait ended first in some rounds, the message came first in others.
  expect(received).toBeGreaterThan(0);
  expect(received + broker.counts('orders').active + broker.counts('orders').locked).toBeGreaterThanOrEqual(
    150,
  );
  expect(receiverLinks(client)).toEqual(linksAtFirst);
});

/** Names of the receiver links of a client: the SDK closes a link, and opens another, when a drain is not answered. */
function receiverLinks(client: object): string[] {
  const context = (client as { _connectionContext: { messageReceivers: Record<string, unknown> } })
    ._connectionContext;
  return Object.keys(context.messageReceivers);
}

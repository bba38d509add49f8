/**
 * The body of POST /onhand/bulk. Source: "Inventory Visibility public APIs", section "Create on-hand change events".
 * Written as text: a quantity travels as its own exact digits and never passes through a binary float.
 */
import type { OnHandEvent } from './inventoryVisibility.ts';
import { MAX_EVENTS_PER_CALL } from './inventoryVisibility.ts';

const JSON_NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?$/;

/** @throws RangeError when the events cannot stand in one request; the message names the event and the value. */
export function onHandRequestBody(events: readonly OnHandEvent[]): string {
  if (events.length > MAX_EVENTS_PER_CALL) {
    throw new RangeError(
      `${events.length} events do not fit into one call; send at most ${MAX_EVENTS_PER_CALL} at a time`,
    );
  }
  return `[${events.map(eventJson).join(',')}]`;
}

function eventJson(event: OnHandEvent): string {
  if (!JSON_NUMBER.test(event.quantity)) {
    throw new RangeError(
      `quantity of event ${event.id} ("${event.quantity.slice(0, 50)}") is not a canonical decimal, e.g. "12.5"`,
    );
  }
  const dimensions = event.dimensions.map(([name, value]) => `${text(name)}:${text(value)}`).join(',');
  const quantities = `{${text(event.dataSource)}:{${text(event.physicalMeasure)}:${event.quantity}}}`;
  return (
    `{"id":${text(event.id)},"organizationId":${text(event.organizationId)},"productId":${text(event.productId)},` +
    `"dimensions":{${dimensions}},"quantities":${quantities}}`
  );
}

function text(value: string): string {
  return JSON.stringify(value);
}

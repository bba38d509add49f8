/** An HttpClient that compares the clocks of those who answer with ours, by the Date header of their answers. */
import type { HttpClient, OutboundRequest, OutboundResponse } from '../http/httpClient.ts';
import type { Clock } from '../runtime/ports.ts';

export interface ClockReading {
  /** Origin of the server, e.g. `https://contoso.operations.dynamics.com`. */
  readonly origin: string;
  /** How far our clock is ahead of the server's; negative when it is behind. Milliseconds, at most half a second off. */
  readonly aheadMs: number;
  /** How long the exchange took: the reading is no better than that. Milliseconds. */
  readonly exchangeMs: number;
}

export class DatedHttp implements HttpClient {
  readonly #http: HttpClient;
  readonly #clock: Clock;
  readonly #readings = new Map<string, ClockReading>();

  constructor(http: HttpClient, clock: Clock) {
    this.#http = http;
    this.#clock = clock;
  }

  async send(request: OutboundRequest): Promise<OutboundResponse> {
    const sentAt = this.#clock.now();
    const response = await this.#http.send(request);
    this.#note(new URL(request.url).origin, response, sentAt, this.#clock.now());
    return response;
  }

  /** The best reading of each server. */
  readings(): ClockReading[] {
    return [...this.#readings.values()];
  }

  #note(origin: string, response: OutboundResponse, sentAt: number, receivedAt: number): void {
    const date = Date.parse(response.headers['date'] ?? '');
    if (Number.isNaN(date)) return;
    const exchangeMs = receivedAt - sentAt;
    const known = this.#readings.get(origin);
    if (known !== undefined && known.exchangeMs <= exchangeMs) return;
    // The header names whole seconds: on average it is half a second old.
    const aheadMs = (sentAt + receivedAt) / 2 - (date + 500);
    this.#readings.set(origin, { origin, aheadMs, exchangeMs });
  }
}

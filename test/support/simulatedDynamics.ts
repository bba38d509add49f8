/** What tests ask of the simulated Dynamics side besides its services: tokens, totals, jobs. */
import { API_AUDIENCE, TENANT_ID } from './localSettings.ts';
import { httpCall } from './httpCall.ts';

/** Sums of the simulator, see its totals.ts. */
export interface Totals {
  readonly inventoryVisibility: readonly {
    readonly organizationId: string;
    readonly productId: string;
    readonly dataSource: string;
    readonly physicalMeasure: string;
    readonly applied: string;
    readonly synchronized: string;
    readonly onHand: string;
  }[];
  readonly supplyChain: readonly {
    readonly organizationId: string;
    readonly productId: string;
    readonly dataSource: string;
    readonly physicalMeasure: string;
    readonly quantity: string;
    readonly postedQuantity: string;
    readonly lines: number;
    readonly postedLines: number;
  }[];
}

export interface DynamicsState {
  readonly eventIds: number;
  readonly lines: number;
  /** Lines that stand beside one of the same key. */
  readonly doubledLines: readonly unknown[];
  readonly messages: readonly Record<string, unknown>[];
  readonly packageImports: readonly Record<string, unknown>[];
  readonly journals: readonly {
    readonly journalNumber: string;
    readonly lines: number;
    readonly posting?: unknown;
    readonly postingError?: string;
  }[];
  readonly faults: readonly { readonly hits: number }[];
}

export class SimulatedDynamics {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  /** A token for the business layer's API. */
  async token({ clientId, clientSecret }: { clientId: string; clientSecret: string }): Promise<string> {
    const answer = await httpCall({
      url: `${this.url}/entra/${TENANT_ID}/oauth2/v2.0/token`,
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: clientId,
        client_secret: clientSecret,
        scope: `${API_AUDIENCE}/.default`,
      }).toString(),
    });
    const { access_token: token } = answer.json<{ access_token?: string }>();
    if (token === undefined) throw new Error(`no token: ${answer.text}`);
    return token;
  }

  async control<Answer>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<Answer> {
    const answer = await httpCall({
      url: `${this.url}/control/${path}`,
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (answer.status !== 200) throw new Error(`control/${path}: ${answer.status} ${answer.text}`);
    return answer.json();
  }

  totals(): Promise<Totals> {
    return this.control('GET', 'totals');
  }

  state(): Promise<DynamicsState> {
    return this.control('GET', 'state');
  }

  /** Imports what was enqueued, posts journals, takes offsets back to Inventory Visibility. */
  async runJobs(): Promise<void> {
    await this.control('POST', 'import/run');
    await this.control('POST', 'posting-job/run');
    await this.control('POST', 'synchronization/run');
  }
}

/** What tests and the local start ask of the simulator itself: totals, jobs, faults, clock. Loopback only. */
import { isObject } from '../exactJson.ts';
import { Refusal } from '../http/exchange.ts';
import type { Exchange, Reply, Service } from '../http/exchange.ts';
import type { Faults } from '../http/faults.ts';
import type { LateRequests } from '../http/lateRequests.ts';
import { parseFaultRule } from '../http/parseFaultRule.ts';
import type { World } from '../state/world.ts';
import { parseScenario } from './scenario.ts';
import { runJournalAction } from './journalActions.ts';
import { erpTotals, stockTotals } from './totals.ts';

/** Runs a job now, after a run that may be under way; gives what it did. */
export interface JobSwitches {
  importMessages(): Promise<string[]>;
  postJournals(): Promise<readonly string[]>;
  synchronizeStock(): Promise<number>;
}

export class ControlService implements Service {
  readonly name = 'control';
  readonly maxBodyBytes = 64 * 1024;
  readonly #world: World;
  readonly #faults: Faults;
  readonly #lateRequests: LateRequests;
  readonly #now: () => number;
  readonly #jobs: JobSwitches;

  constructor(
    world: World,
    faults: Faults,
    lateRequests: LateRequests,
    now: () => number,
    jobs: JobSwitches,
  ) {
    this.#world = world;
    this.#faults = faults;
    this.#lateRequests = lateRequests;
    this.#now = now;
    this.#jobs = jobs;
  }

  async handle(exchange: Exchange): Promise<Reply> {
    refuseForeignHost(exchange.headers.host);
    switch (`${exchange.method} ${exchange.path}`) {
      case 'GET /totals':
        return ok({
          inventoryVisibility: stockTotals(this.#world.onHand),
          supplyChain: erpTotals(this.#world.erp),
        });
      case 'GET /state':
        return ok(this.#state());
      case 'POST /import/run':
        return ok({ imported: await this.#jobs.importMessages() });
      case 'POST /posting-job/run':
        return ok({ posted: await this.#jobs.postJournals() });
      case 'POST /synchronization/run':
        return ok({ synchronized: await this.#jobs.synchronizeStock() });
      case 'GET /faults':
        return ok({ faults: this.#faults.list() });
      case 'POST /faults':
        this.#faults.add(parseFaultRule(json(exchange.body)));
        return ok({ faults: this.#faults.list() });
      case 'DELETE /faults':
        this.#faults.clear();
        return ok({ faults: [] });
      case 'POST /scenario': {
        const scenario = parseScenario(json(exchange.body));
        this.#faults.clear();
        for (const rule of scenario.faults) this.#faults.add(rule);
        return ok({ faults: this.#faults.list() });
      }
      case 'POST /late-requests/deliver':
        return ok({ delivered: await this.#lateRequests.deliverAll() });
      case 'POST /clock':
        return ok({ now: this.#advance(json(exchange.body)) });
      case 'POST /journals':
        return ok(runJournalAction(json(exchange.body), this.#world));
      default:
        throw new Refusal(404, `There is no ${exchange.method} /control${exchange.path}.`);
    }
  }

  errorReply(status: number, message: string): Reply {
    return { status, json: { message } };
  }

  /** Sets the clock ahead. Tokens age by it, event ids, signed addresses, slow batches and outages. */
  #advance(body: unknown): string {
    const advanceMs = isObject(body) ? body['advanceMs'] : undefined;
    if (typeof advanceMs !== 'number' || !Number.isSafeInteger(advanceMs) || advanceMs < 0) {
      throw new Refusal(400, 'advanceMs must be a whole number of milliseconds, 0 or more.');
    }
    this.#world.commit({ kind: 'clock', aheadMs: this.#world.clockAheadMs + advanceMs });
    return new Date(this.#now()).toISOString();
  }

  #state(): unknown {
    const { erp, onHand } = this.#world;
    return {
      eventIds: onHand.knownIdCount,
      now: new Date(this.#now()).toISOString(),
      messages: [...erp.messages.values()].map(({ zip, executionId, ...message }) => ({
        ...message,
        waiting: zip !== undefined,
        ...(executionId === undefined ? {} : { execution: erp.execution(executionId) }),
      })),
      packageImports: [...erp.packageImports.values()].map(({ zip, ...one }) => ({
        ...one,
        waiting: zip !== undefined,
        execution: erp.execution(one.executionId),
      })),
      journals: [...erp.journals.values()].map((journal) => ({
        ...journal,
        lines: erp.lineCountOf(journal.company, journal.journalNumber),
      })),
      lines: erp.lines.size,
      doubledLines: [...erp.lines.values()].filter(({ copy }) => copy !== undefined),
      lateRequests: this.#lateRequests.count,
      pendingSynchronizations: erp.syncs.size,
      faults: this.#faults.list(),
    };
  }
}

/** A web page open in a browser on this machine must not reach it under a name of its own. */
function refuseForeignHost(host: string | undefined): void {
  if (!/^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/i.test(host ?? '')) {
    throw new Refusal(403, `Host "${host ?? ''}" is not this machine; use 127.0.0.1.`);
  }
}

function ok(body: unknown): Reply {
  return { status: 200, json: body };
}

function json(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8')) as unknown;
  } catch (error) {
    throw new Refusal(400, `The body is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

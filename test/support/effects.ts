/**
 * The ports of one instance whose calls with an effect are counted, so that something can happen at each of them: the
 * process dies after it, its answer is lost, or the process stands still before it. Between two effects a crash leaves
 * the same world, wherever it happens.
 */
import type { AccessToken } from '../../shared/inventoryVisibility/inventoryVisibility.ts';
import { DependencyError } from '../../shared/runtime/dependencyError.ts';
import { TableError, type TableStore } from '../../shared/tables/tableStore.ts';
import { Crash } from './crashingTables.ts';
import type { OuterPorts, ScriptedLayer } from './scriptedLayer.ts';

export interface Mishap {
  /** Number of the effect, from 1. */
  readonly at: number;
  /** `dies`: after the effect, and with it everything later. `losesAnswer`: the effect comes about, its caller is not told. */
  readonly kind: 'dies' | 'losesAnswer' | 'pauses';
  /** What happens in the world while the instance stands still before the effect. */
  readonly meanwhile?: () => Promise<void>;
}

export interface CountedInstance {
  readonly instance: ScriptedLayer;
  /** Calls with an effect so far. */
  effects(): number;
}

/** Another instance of an installation, with a mishap at one of its effects. */
export function countedInstance(of: ScriptedLayer, mishap?: Mishap): CountedInstance {
  let effects = 0;
  let dead = false;
  const alive = (): void => {
    if (dead) throw new Crash('a dead process');
  };
  async function read<Result>(call: () => Promise<Result>): Promise<Result> {
    alive();
    const result = await call();
    alive();
    return result;
  }
  async function effect<Result>(call: () => Promise<Result>, lost: () => Result): Promise<Result> {
    alive();
    effects += 1;
    if (effects !== mishap?.at) return read(call);
    if (mishap.kind === 'pauses') await mishap.meanwhile?.();
    const result = await call();
    if (mishap.kind === 'dies') dead = true;
    alive();
    return mishap.kind === 'losesAnswer' ? lost() : result;
  }
  const { tables, ends } = of;
  const expired = ({ expiresAt }: AccessToken): boolean => expiresAt <= ends.clock.now();
  const noAnswer = { kind: 'unknown', message: 'no answer' } as const;
  const unauthorized = { kind: 'noEffect', message: '401' } as const;
  const countedTables: TableStore = {
    get: (...asked) => read(() => tables.get(...asked)),
    query: (...asked) => read(() => tables.query(...asked)),
    transact: (...asked) =>
      effect(
        () => tables.transact(...asked),
        () => {
          throw new TableError('unknown', 'no answer');
        },
      ),
    createTables: (names) => tables.createTables(names),
  };
  const ports: OuterPorts = {
    queue: {
      send: (...asked) =>
        effect(
          () => ends.queue.send(...asked),
          () => {
            throw new DependencyError('Service Bus', 'no answer');
          },
        ),
    },
    dynamics: () => ({
      inventoryVisibility: {
        token: () => read(() => ends.inventoryVisibility.token()),
        postOnHand: (token, events) =>
          effect(
            () =>
              expired(token)
                ? Promise.resolve(unauthorized)
                : ends.inventoryVisibility.postOnHand(token, events),
            () => noAnswer,
          ),
      },
      supplyChain: {
        address: ends.supplyChain.address,
        token: () => read(() => ends.supplyChain.token()),
        send: (token, ...asked) =>
          effect(
            () => (expired(token) ? Promise.resolve(unauthorized) : ends.supplyChain.send(token, ...asked)),
            () => noAnswer,
          ),
        importStatus: (...asked) => read(() => ends.supplyChain.importStatus(...asked)),
        openJournals: (...asked) => read(() => ends.supplyChain.openJournals(...asked)),
        findImport: (...asked) => read(() => ends.supplyChain.findImport(...asked)),
        linesOfJournal: (...asked) => read(() => ends.supplyChain.linesOfJournal(...asked)),
        linesById: (...asked) => read(() => ends.supplyChain.linesById(...asked)),
        journals: (...asked) => read(() => ends.supplyChain.journals(...asked)),
      },
    }),
  };
  return { instance: of.another(countedTables, ports), effects: () => effects };
}

/**
 * The settings of all environments in Table Storage: one row each in table `Settings`, so that the timers can list
 * them, replaced only under the ETag that was read.
 *
 * A row holds the complete settings as JSON, cut into string properties. It is parsed like any settings document, so
 * a setting that a later version of this product adds gets its default.
 */
import { environmentKey } from '../adjustments/keys.ts';
import type { Clock } from '../runtime/ports.ts';
import { TableError } from '../tables/tableStore.ts';
import type { Row, RowProperties, TableStore } from '../tables/tableStore.ts';
import type { EnvironmentSettings } from './environmentSettings.ts';
import { InvalidSettingsError, parseSettings } from './parseSettings.ts';
import { ENVIRONMENT_ID_PATTERN } from './settingsSchema.ts';

export const SETTINGS_TABLE = 'Settings';

const PARTITION = 'environments';
/** No settings can be stored under any other id, so nobody need ask the table for it. */
const ENVIRONMENT_ID = new RegExp(ENVIRONMENT_ID_PATTERN);
/** Format of the row. A row of another version is not read. */
const ROW_VERSION = 1;
/** UTF-16 code units of a string property; the service takes 32 Ki. */
const PART_LENGTH = 30_000;

export interface StoredSettings {
  readonly settings: EnvironmentSettings;
  /** Changes with every write. */
  readonly etag: string;
}

export interface SettingsStoreOptions {
  readonly tables: TableStore;
  readonly clock: Clock;
  /** How old an answer of `get` may be. Milliseconds. */
  readonly maximumAgeMs: number;
}

interface CachedAnswer {
  readonly readAt: number;
  readonly answer: Promise<StoredSettings | undefined>;
}

export class SettingsStore {
  readonly #options: SettingsStoreOptions;
  readonly #cache = new Map<string, CachedAnswer>();
  /** What was understood last: the same ETag is the same settings, which need not be checked again. */
  readonly #understood = new Map<string, StoredSettings>();
  readonly #seeds = new Map<string, EnvironmentSettings>();

  constructor(options: SettingsStoreOptions) {
    this.#options = options;
  }

  /**
   * The settings of an environment, at most `maximumAgeMs` old; undefined when it is unknown.
   * @throws TableError; InvalidSettingsError or Error when the stored row cannot be understood
   */
  async get(environmentId: string): Promise<StoredSettings | undefined> {
    if (!ENVIRONMENT_ID.test(environmentId)) return undefined;
    const key = environmentKey(environmentId);
    const { clock, maximumAgeMs } = this.#options;
    const cached = this.#cache.get(key);
    const age = cached === undefined ? Infinity : clock.now() - cached.readAt;
    if (cached !== undefined && age >= 0 && age < maximumAgeMs) return cached.answer;
    const fresh: CachedAnswer = { readAt: clock.now(), answer: this.#load(key) };
    this.#cache.set(key, fresh);
    // Neither failures nor unknown environments are remembered: anybody can ask for any name.
    const forget = () => {
      if (this.#cache.get(key) === fresh) this.#cache.delete(key);
    };
    fresh.answer.then((stored) => {
      if (stored === undefined) forget();
    }, forget);
    return fresh.answer;
  }

  /** The settings as they are now, to be edited and replaced; undefined when the environment is unknown. @throws as `get` */
  async read(environmentId: string): Promise<StoredSettings | undefined> {
    return ENVIRONMENT_ID.test(environmentId) ? this.#load(environmentKey(environmentId)) : undefined;
  }

  /**
   * Replaces the settings of an environment if they are still those with the given ETag. Other instances see the
   * change after `maximumAgeMs` at the latest.
   * @throws TableError: `changed` when somebody else was faster, `missing` when the environment is unknown
   */
  async replace(settings: EnvironmentSettings, etag: string): Promise<StoredSettings> {
    const rowKey = environmentKey(settings.environmentId);
    this.#cache.delete(rowKey);
    const properties = propertiesOf(settings);
    const [newEtag] = await this.#options.tables.transact(SETTINGS_TABLE, PARTITION, [
      { kind: 'update', rowKey, properties, etag },
    ]);
    this.#cache.delete(rowKey);
    return { settings, etag: newEtag ?? '' };
  }

  /**
   * Stores settings for those environments that have none yet, and returns these environments' ids. They are stored again
   * whenever they are found gone: storage can go back to a time before them.
   * @throws TableError
   */
  async seed(documents: readonly EnvironmentSettings[]): Promise<string[]> {
    const seeded: string[] = [];
    for (const settings of documents) {
      const rowKey = environmentKey(settings.environmentId);
      this.#seeds.set(rowKey, settings);
      try {
        await this.#options.tables.transact(SETTINGS_TABLE, PARTITION, [
          { kind: 'insert', rowKey, properties: propertiesOf(settings) },
        ]);
        seeded.push(settings.environmentId);
      } catch (error) {
        if (!(error instanceof TableError && error.failure === 'exists')) throw error;
      }
    }
    return seeded;
  }

  /** The ids of all environments, also of those whose settings cannot be understood. @throws TableError */
  async environmentIds(): Promise<string[]> {
    const rows = await this.#options.tables.query(SETTINGS_TABLE, PARTITION, {
      from: ' ',
      before: '~',
      select: ['environmentId'],
    });
    const ids = new Map([...this.#seeds].map(([rowKey, settings]) => [rowKey, settings.environmentId]));
    for (const row of rows) ids.set(row.rowKey, String(row.properties['environmentId'] ?? row.rowKey));
    return [...ids.values()];
  }

  async #load(rowKey: string): Promise<StoredSettings | undefined> {
    const stored = (): Promise<Row | undefined> =>
      this.#options.tables.get(SETTINGS_TABLE, PARTITION, rowKey);
    let row = await stored();
    const seed = this.#seeds.get(rowKey);
    if (row === undefined && seed !== undefined) {
      await this.seed([seed]);
      row = await stored();
    }
    if (row === undefined) return undefined;
    const understood = this.#understood.get(rowKey);
    if (understood?.etag === row.etag) return understood;
    const fresh = { settings: settingsOf(row), etag: row.etag };
    this.#understood.set(rowKey, fresh);
    return fresh;
  }
}

function propertiesOf(settings: EnvironmentSettings): RowProperties {
  const properties: Record<string, string | number> = {
    v: ROW_VERSION,
    environmentId: settings.environmentId,
  };
  // A cut between the two halves of a character would destroy it, so nothing but ASCII is cut.
  const json = asciiJson(settings);
  for (let start = 0, part = 0; start < json.length; start += PART_LENGTH, part++) {
    properties[`json${part}`] = json.slice(start, start + PART_LENGTH);
  }
  return properties;
}

function settingsOf(row: Row): EnvironmentSettings {
  const origin = `settings of environment ${row.rowKey} in table ${SETTINGS_TABLE}`;
  if (row.properties['v'] !== ROW_VERSION)
    throw new Error(
      `${origin} have format version ${String(row.properties['v'])}; this version of the app understands ${ROW_VERSION}. Deploy the version that wrote them.`,
    );
  let json = '';
  for (let part = 0; typeof row.properties[`json${part}`] === 'string'; part++) {
    json += String(row.properties[`json${part}`]);
  }
  const { settings, problems } = parseSettings(JSON.parse(json));
  if (settings === undefined) throw new InvalidSettingsError(origin, problems);
  return settings;
}

function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

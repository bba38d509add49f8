/** The parameters of an OData action: names as documented, every one of its type. */
import { isObject, property } from '../exactJson.ts';
import { Refusal } from '../http/exchange.ts';

export class ActionParameters {
  readonly #action: string;
  readonly #values: Readonly<Record<string, unknown>>;

  /** @throws Refusal 400 when the body is no object */
  constructor(action: string, body: unknown) {
    if (!isObject(body)) throw new Refusal(400, `The parameters of ${action} are not a JSON object.`);
    this.#action = action;
    this.#values = body;
  }

  /** @throws Refusal 400 */
  text(name: string): string {
    const value = this.optionalText(name);
    if (value === undefined) throw this.#missing(name, 'is missing');
    return value;
  }

  /** Undefined where absent or empty. @throws Refusal 400 */
  optionalText(name: string): string | undefined {
    const value = property(this.#values, name);
    if (value === undefined || value === null || value === '') return undefined;
    if (typeof value !== 'string') throw this.#missing(name, 'is not a string');
    return value;
  }

  /** @throws Refusal 400 */
  yesNo(name: string): boolean {
    const value = property(this.#values, name);
    if (typeof value !== 'boolean') throw this.#missing(name, 'is missing or not true or false');
    return value;
  }

  #missing(name: string, what: string): Refusal {
    return new Refusal(400, `The parameter "${name}" of ${this.#action} ${what}.`);
  }
}

/**
 * The names of an object's members, learned while a text is read: objects with the same names in the same order share
 * one shape. So a name that every line of a request has is read, checked and understood once and not once per line.
 */

/** Names that reach an object's prototype in most languages; nobody who means well sends them. */
const FORBIDDEN_NAMES: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** Why a name cannot stand in an object; as the end of a sentence that begins with "found". */
export type NameFault = `the name ${string}`;

export class ObjectShape {
  readonly #parent: ObjectShape | undefined;
  readonly #name: string;
  /** Where the last name stands in the text for the first time, its quotes included. */
  readonly nameAt: number;
  readonly nameEnd: number;
  /** The shape that this one was continued to most recently: what to expect next. */
  next: ObjectShape | undefined;
  /** The last name's value in the most recent object, and where it stands, its quotes included; plain strings only. */
  value = '';
  valueAt = 0;
  valueEnd = 0;
  #continued: Map<string, ObjectShape> | undefined;
  #names: readonly string[] | undefined;

  private constructor(parent: ObjectShape | undefined, name: string, nameAt: number, nameEnd: number) {
    this.#parent = parent;
    this.#name = name;
    this.nameAt = nameAt;
    this.nameEnd = nameEnd;
  }

  /** The shape of an object without members; all shapes of a text grow from one. */
  static empty(): ObjectShape {
    return new ObjectShape(undefined, '', 0, 0);
  }

  /** In the order they came. Put together when first asked for. */
  get names(): readonly string[] {
    this.#names ??= ObjectShape.#namesOf(this);
    return this.#names;
  }

  static #namesOf(last: ObjectShape): readonly string[] {
    const names: string[] = [];
    for (let shape = last; shape.#parent !== undefined; shape = shape.#parent) names.push(shape.#name);
    return names.reverse();
  }

  /** The shape with one name more, when an object had it before. */
  known(name: string): ObjectShape | undefined {
    const shape = this.#continued?.get(name);
    if (shape !== undefined) this.next = shape;
    return shape;
  }

  /**
   * The shape with one name more, the first of its kind.
   *
   * @param taken the names of this shape
   * @param nameAt where the name begins in the text
   * @param nameEnd where it has ended
   */
  grown(name: string, taken: ReadonlySet<string>, nameAt: number, nameEnd: number): ObjectShape | NameFault {
    if (taken.has(name)) return `the name ${JSON.stringify(name)} twice in one object`;
    if (FORBIDDEN_NAMES.has(name)) return `the name "${name}", which is not allowed`;
    const shape = new ObjectShape(this, name, nameAt, nameEnd);
    (this.#continued ??= new Map()).set(name, shape);
    this.next = shape;
    return shape;
  }
}

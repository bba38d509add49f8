/**
 * `$filter` as finance and operations understands it: eq, ne, and, or, parentheses; strings, numbers, enum members.
 * Source: odata.md ("enums support only eq and ne", `Namespace.Enum'Member'`, `*` as a wildcard in strings).
 */
import { Refusal } from '../../http/exchange.ts';

export type Literal =
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'number'; readonly value: string }
  | { readonly type: 'enum'; readonly enumName: string; readonly value: string };

export interface Combination {
  readonly operator: 'and' | 'or';
  readonly left: Filter;
  readonly right: Filter;
}

export interface Comparison {
  readonly operator: 'eq' | 'ne';
  readonly property: string;
  readonly literal: Literal;
}

export type Filter = Combination | Comparison;

const TOKEN =
  /\s*(?:(\(|\))|([A-Za-z_][\w.]*)?'((?:[^']|'')*)'|([A-Za-z_][\w]*)(?![\w.'-])|([+-]?\d+(?:\.\d+)?)(?![\w.-]))/y;

type Token =
  | { readonly kind: 'parenthesis'; readonly text: string }
  | { readonly kind: 'word'; readonly text: string }
  | { readonly kind: 'literal'; readonly literal: Literal };

const ENUM_NAMESPACE = 'Microsoft.Dynamics.DataEntities.';

/** @throws Refusal 400 */
export function parseFilter(text: string): Filter {
  const tokens = tokenize(text);
  let position = 0;
  const next = (): Token | undefined => tokens[position++];
  const atWord = (word: string): boolean => {
    const token = tokens[position];
    if (token?.kind !== 'word' || token.text.toLowerCase() !== word) return false;
    position += 1;
    return true;
  };

  const disjunction = (): Filter => {
    let left = conjunction();
    while (atWord('or')) left = { operator: 'or', left, right: conjunction() };
    return left;
  };
  const conjunction = (): Filter => {
    let left = comparison();
    while (atWord('and')) left = { operator: 'and', left, right: comparison() };
    return left;
  };
  const comparison = (): Filter => {
    const first = next();
    if (first?.kind === 'parenthesis' && first.text === '(') {
      const inner = disjunction();
      const closing = next();
      if (closing?.kind !== 'parenthesis' || closing.text !== ')') throw syntax(text, 'a ")" is missing');
      return inner;
    }
    if (first?.kind !== 'word') throw syntax(text, 'a property name is missing');
    const operator = next();
    const name = operator?.kind === 'word' ? operator.text.toLowerCase() : '';
    if (name !== 'eq' && name !== 'ne')
      throw syntax(text, `after ${first.text} only eq and ne are supported`);
    const literal = next();
    if (literal?.kind !== 'literal') throw syntax(text, `after ${first.text} ${name} a literal is missing`);
    return { operator: name, property: first.text, literal: literal.literal };
  };

  const filter = disjunction();
  if (position !== tokens.length) throw syntax(text, 'there is something behind its end');
  return filter;
}

/**
 * Values of `property` that a matching row can have, upper-case; undefined where the filter does not pin it down.
 * Lets a reader go by an index.
 */
export function pinnedValues(filter: Filter, property: string): ReadonlySet<string> | undefined {
  switch (filter.operator) {
    case 'eq': {
      const { literal } = filter;
      if (filter.property !== property || literal.type !== 'string' || literal.value.includes('*'))
        return undefined;
      return new Set([literal.value.toUpperCase()]);
    }
    case 'ne':
      return undefined;
    case 'and':
      return pinnedValues(filter.left, property) ?? pinnedValues(filter.right, property);
    case 'or': {
      const left = pinnedValues(filter.left, property);
      const right = pinnedValues(filter.right, property);
      return left && right ? new Set([...left, ...right]) : undefined;
    }
  }
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  const end = text.trimEnd().length;
  while (TOKEN.lastIndex < end) {
    const start = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (!match) throw syntax(text, `"${text.slice(start, start + 20)}" is not understood`);
    const [, parenthesis, prefix, quoted, word, number] = match;
    if (parenthesis !== undefined) tokens.push({ kind: 'parenthesis', text: parenthesis });
    else if (quoted !== undefined)
      tokens.push({ kind: 'literal', literal: quotedLiteral(text, prefix, quoted) });
    else if (word !== undefined) tokens.push({ kind: 'word', text: word });
    else tokens.push({ kind: 'literal', literal: { type: 'number', value: number ?? '' } });
  }
  return tokens;
}

function quotedLiteral(text: string, prefix: string | undefined, quoted: string): Literal {
  const value = quoted.replaceAll("''", "'");
  if (prefix === undefined) return { type: 'string', value };
  if (!prefix.startsWith(ENUM_NAMESPACE)) throw syntax(text, `type ${prefix} is not known`);
  return { type: 'enum', enumName: prefix.slice(ENUM_NAMESPACE.length), value };
}

function syntax(text: string, problem: string): Refusal {
  return new Refusal(400, `Syntax error in $filter "${text.slice(0, 200)}": ${problem}.`);
}

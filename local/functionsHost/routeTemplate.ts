/**
 * ASP.NET route templates as HTTP triggers use them: literals, `{x}`, `{x?}`, `{x=default}`, `{*rest}`, and inline
 * constraints such as `{x:int}`. A segment is either a literal or one parameter. Matching ignores case.
 */

type Constraint = (value: string) => boolean;

export interface Parameter {
  readonly name: string;
  readonly constraints: readonly { readonly text: string; readonly test: Constraint }[];
  readonly optional: boolean;
  readonly catchAll: boolean;
  readonly defaultValue: string | undefined;
}

export type Segment = { readonly literal: string } | { readonly parameter: Parameter };

export interface RouteTemplate {
  readonly text: string;
  readonly segments: readonly Segment[];
}

const fixedConstraints: Readonly<Record<string, Constraint>> = {
  int: (value) => /^[+-]?\d+$/.test(value) && Math.abs(Number(value)) <= 2 ** 31,
  long: (value) => /^[+-]?\d{1,19}$/.test(value),
  guid: (value) => /^(\{)?[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}(\})?$/i.test(value),
  alpha: (value) => /^[a-z]*$/i.test(value),
  bool: (value) => /^(true|false)$/i.test(value),
  required: (value) => value !== '',
};
const numericConstraints: Readonly<Record<string, (value: string, limit: number) => boolean>> = {
  length: (value, limit) => value.length === limit,
  minlength: (value, limit) => value.length >= limit,
  maxlength: (value, limit) => value.length <= limit,
  min: (value, limit) => /^[+-]?\d+$/.test(value) && Number(value) >= limit,
  max: (value, limit) => /^[+-]?\d+$/.test(value) && Number(value) <= limit,
};

function parseConstraint(text: string, template: string): Constraint {
  const fixed = fixedConstraints[text.toLowerCase()];
  if (fixed) return fixed;
  const [, name = '', argument = ''] = /^(\w+)\((\d+)\)$/.exec(text) ?? [];
  const numeric = numericConstraints[name.toLowerCase()];
  if (numeric) return (value) => numeric(value, Number(argument));
  const known = [
    ...Object.keys(fixedConstraints),
    ...Object.keys(numericConstraints).map((key) => `${key}(n)`),
  ];
  throw new Error(
    `route "${template}" has the constraint "${text}", which this host does not know; use ${known.join(', ')}`,
  );
}

function parseParameter(inner: string, template: string): Parameter {
  const [, stars = '', name = '', constraints = '', defaultText, optional = ''] =
    /^(\*{0,2})(\w+)((?::[^:=?]+)*)(?:=([^?]*))?(\?)?$/.exec(inner) ?? [];
  if (name === '')
    throw new Error(`route "${template}" has the parameter "{${inner}}"; write {name}, {name?} or {*name}`);
  return {
    name,
    constraints: constraints
      .split(':')
      .slice(1)
      .map((text) => ({ text: text.toLowerCase(), test: parseConstraint(text, template) })),
    optional: optional !== '',
    catchAll: stars !== '',
    defaultValue: defaultText,
  };
}

/**
 * @param text with or without slashes at its ends
 * @throws Error naming the template and its fault
 */
export function parseRouteTemplate(text: string): RouteTemplate {
  const trimmed = text.replace(/^\/+|\/+$/g, '');
  const names = new Set<string>();
  const segments = (trimmed === '' ? [] : trimmed.split('/')).map((part): Segment => {
    if (part === '') throw new Error(`route "${text}" has an empty segment; remove one "/"`);
    if (!/[{}]/.test(part)) return { literal: part };
    const inner = /^\{([^{}]*)\}$/.exec(part)?.[1];
    if (inner === undefined)
      throw new Error(
        `route "${text}" has the segment "${part}"; this host takes one parameter a segment, e.g. "{name}"`,
      );
    const parameter = parseParameter(inner, text);
    if (names.has(parameter.name.toLowerCase()))
      throw new Error(`route "${text}" has the parameter "${parameter.name}" twice`);
    names.add(parameter.name.toLowerCase());
    return { parameter };
  });
  segments.forEach((segment, index) => {
    if (!('parameter' in segment) || index === segments.length - 1) return;
    const { name, optional, catchAll } = segment.parameter;
    if (optional || catchAll)
      throw new Error(
        `route "${text}" goes on after "${name}"; an optional or catch-all parameter is the last one`,
      );
  });
  return { text: trimmed, segments };
}

/** Percent-decodes a segment; what is no encoding, and an encoded slash, stays as it is (as in ASP.NET). */
function decodeSegment(segment: string): string {
  return segment
    .split(/(%2f)/i)
    .map((part) => {
      if (/^%2f$/i.test(part)) return part;
      try {
        return decodeURIComponent(part);
      } catch {
        return part;
      }
    })
    .join('');
}

/**
 * The values of the template's parameters for a path (still percent-encoded, no query), or undefined when the path
 * does not match. An optional parameter that is not there is absent.
 */
export function matchRoute(template: RouteTemplate, path: string): Record<string, string> | undefined {
  const trimmed = path.replace(/^\//, '').replace(/\/$/, '');
  const parts = trimmed === '' ? [] : trimmed.split('/').map(decodeSegment);
  if (
    parts.includes('') &&
    !template.segments.some((segment) => 'parameter' in segment && segment.parameter.catchAll)
  )
    return undefined;
  const values: Record<string, string> = {};
  let position = 0;
  for (const segment of template.segments) {
    const part = parts[position];
    if ('literal' in segment) {
      if (part?.toLowerCase() !== segment.literal.toLowerCase()) return undefined;
      position += 1;
      continue;
    }
    const { name, constraints, optional, catchAll, defaultValue } = segment.parameter;
    const given = catchAll ? parts.slice(position).join('/') : part;
    position = catchAll ? parts.length : position + 1;
    const value = given === undefined || (catchAll && given === '') ? defaultValue : given;
    if (value === undefined) {
      if (optional || catchAll) continue;
      return undefined;
    }
    if (!constraints.every(({ test }) => test(value))) return undefined;
    values[name] = value;
  }
  return position < parts.length ? undefined : values;
}

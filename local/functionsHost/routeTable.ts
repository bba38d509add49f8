/** The HTTP functions of an app by route: refuses routes that cannot stand, and finds the function for a request. */
import { AppError } from './appError.ts';
import type { FunctionMetadata } from './coreTypes.ts';
import { triggerOf } from './bindings.ts';
import { matchRoute, parseRouteTemplate } from './routeTemplate.ts';
import type { RouteTemplate, Segment } from './routeTemplate.ts';

export interface Route {
  readonly functionName: string;
  /** Prefix and route, without a slash at the start. */
  readonly template: RouteTemplate;
  /** Upper case; empty for every method. */
  readonly methods: readonly string[];
}

/** ASP.NET's order of templates: literals first, then constrained parameters, parameters, catch-alls. */
function rank(segment: Segment): number {
  if ('literal' in segment) return 1;
  const { catchAll, constraints } = segment.parameter;
  return (catchAll ? 4 : 2) + (constraints.length > 0 ? 0 : 1);
}

function compareRanks(a: Route, b: Route): number {
  const length = Math.max(a.template.segments.length, b.template.segments.length);
  for (let index = 0; index < length; index += 1) {
    const [left, right] = [a.template.segments[index], b.template.segments[index]];
    const difference = (left ? rank(left) : 0) - (right ? rank(right) : 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Two templates of one shape match the same paths, whatever their parameters are called. */
function shape({ segments }: RouteTemplate): string {
  return segments
    .map((segment) => {
      if ('literal' in segment) return segment.literal.toLowerCase();
      const { catchAll, optional, constraints } = segment.parameter;
      return `{${catchAll ? '*' : ''}${constraints.map(({ text }) => `:${text}`).join('')}${optional ? '?' : ''}}`;
    })
    .join('/');
}

function shareMethod(a: Route, b: Route): boolean {
  return (
    a.methods.length === 0 || b.methods.length === 0 || a.methods.some((method) => b.methods.includes(method))
  );
}

function toRoute(metadata: FunctionMetadata, prefix: string): Route {
  const { name } = metadata;
  const { binding } = triggerOf(metadata);
  const own = typeof binding['route'] === 'string' && binding['route'] !== '' ? binding['route'] : name;
  // The host reserves every route that begins with these letters, with a prefix before it or not.
  if (/^\/*(admin|runtime)/i.test(own))
    throw new AppError(
      `the route "${own}" of function "${name}" begins with "admin" or "runtime", which the host keeps for itself; choose another`,
    );
  const methods = Array.isArray(binding['methods'])
    ? binding['methods'].map((method) => String(method).toUpperCase())
    : [];
  try {
    return {
      functionName: name,
      template: parseRouteTemplate(`${prefix}/${own.replace(/^\/+/, '')}`),
      methods,
    };
  } catch (error) {
    throw new AppError(`function "${name}": ${(error as Error).message}`, { cause: error });
  }
}

export class RouteTable {
  readonly routes: readonly Route[];

  /**
   * @param prefix `routePrefix` of host.json
   * @throws AppError for a route that is malformed, reserved, or taken by another function with the same method
   */
  constructor(functions: readonly FunctionMetadata[], prefix: string) {
    const routes = functions.map((metadata) => toRoute(metadata, prefix));
    routes.forEach((route, index) => {
      const other = routes
        .slice(0, index)
        .find((earlier) => shape(earlier.template) === shape(route.template) && shareMethod(earlier, route));
      if (other)
        throw new AppError(
          `functions "${other.functionName}" and "${route.functionName}" both take the route "${route.template.text}"; change a route or the methods of one`,
        );
    });
    this.routes = routes.sort(compareRanks);
  }

  /** The function that a request is for, with its route parameters. `path` is percent-encoded, without a query. */
  find(method: string, path: string): { route: Route; parameters: Record<string, string> } | undefined {
    for (const route of this.routes) {
      if (route.methods.length > 0 && !route.methods.includes(method)) continue;
      const parameters = matchRoute(route.template, path);
      if (parameters) return { route, parameters };
    }
    return undefined;
  }
}

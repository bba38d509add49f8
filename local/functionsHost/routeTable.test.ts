import { describe, expect, test } from 'vitest';
import { AppError } from './appError.ts';
import type { FunctionMetadata } from './coreTypes.ts';
import { RouteTable } from './routeTable.ts';

function fn(name: string, route: string | undefined, methods?: string[]): FunctionMetadata {
  const request = { type: 'httpTrigger', direction: 'in' as const, route, methods };
  return { name, bindings: { request } };
}

describe('routes', () => {
  test('take the function of the most exact template, whatever the order of registration', () => {
    const table = new RouteTable(
      [
        fn('rest', 'things/{*rest}'),
        fn('any', 'things/{id}'),
        fn('number', 'things/{id:int}'),
        fn('fixed', 'things/all'),
        fn('deeper', 'things/{id}/parts'),
      ],
      'api',
    );
    const found = (path: string): string | undefined => table.find('GET', path)?.route.functionName;
    expect(found('/api/things/all')).toBe('fixed');
    expect(found('/api/things/12')).toBe('number');
    expect(found('/api/things/x')).toBe('any');
    expect(found('/api/things/x/parts')).toBe('deeper');
    expect(found('/api/things/x/y')).toBe('rest');
  });

  test('default to the name of the function, and to every method', () => {
    const table = new RouteTable([fn('ping', undefined)], '');
    expect(table.find('PATCH', '/PING')?.route.functionName).toBe('ping');
  });

  test('may be shared by functions with different methods', () => {
    const table = new RouteTable([fn('read', 'x/{a}', ['get']), fn('write', 'x/{b}', ['POST'])], '');
    expect(table.find('POST', '/x/1')).toMatchObject({ parameters: { b: '1' } });
    expect(table.find('GET', '/x/1')).toMatchObject({ parameters: { a: '1' } });
  });

  test.each([
    ['admin/x', ''],
    ['Administration', 'api'],
    ['runtime', 'api'],
  ])('must not begin with what the host keeps: %s', (route, prefix) => {
    expect(() => new RouteTable([fn('mine', route)], prefix)).toThrow(AppError);
    expect(() => new RouteTable([fn('mine', route)], prefix)).toThrow('of function "mine"');
  });

  test('must not conflict', () => {
    const clash = [fn('one', 'x/{a}', ['GET', 'POST']), fn('two', 'X/{b}', ['POST'])];
    expect(() => new RouteTable(clash, '')).toThrow('functions "one" and "two" both take the route "X/{b}"');
  });

  test('that are malformed name their function', () => {
    expect(() => new RouteTable([fn('mine', 'a/{b:odd}')], '')).toThrow('function "mine"');
  });
});

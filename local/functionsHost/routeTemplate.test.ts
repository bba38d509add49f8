import { describe, expect, test } from 'vitest';
import { matchRoute, parseRouteTemplate } from './routeTemplate.ts';

function match(template: string, path: string): Record<string, string> | undefined {
  return matchRoute(parseRouteTemplate(template), path);
}

describe('a route template', () => {
  test.each([
    ['api/things', '/API/Things/', {}],
    ['api/things', '/api', undefined],
    ['api/things', '/api/things/1', undefined],
    ['api/things', '/api//things', undefined],
    ['/', '/', {}],
    ['things/{id}', '/things/a%20b', { id: 'a b' }],
    ['things/{id}', '/things/a%2Fb', { id: 'a%2Fb' }],
    ['things/{id}', '/things/%zz', { id: '%zz' }],
    ['things/{id}', '/things', undefined],
    ['things/{id?}', '/things', {}],
    ['things/{id?}', '/things/1', { id: '1' }],
    ['things/{id=7}', '/things', { id: '7' }],
    ['files/{*path}', '/files/a/b.txt', { path: 'a/b.txt' }],
    ['files/{*path}', '/files', {}],
    ['files/{**path}', '/files/a', { path: 'a' }],
    ['{id:int}', '/-12', { id: '-12' }],
    ['{id:int}', '/1x', undefined],
    ['{id:guid}', '/AAAAAAAA-1111-4111-8111-111111111111', { id: 'AAAAAAAA-1111-4111-8111-111111111111' }],
    ['{id:guid}', '/no-guid', undefined],
    ['{id:alpha:minlength(2)}', '/ab', { id: 'ab' }],
    ['{id:alpha:minlength(2)}', '/a', undefined],
    ['{nothing:maxlength(0)?}', '/', {}],
    ['{nothing:maxlength(0)?}', '/x', undefined],
    ['{n:min(3):max(5)?}', '/4', { n: '4' }],
    ['{n:min(3):max(5)?}', '/6', undefined],
  ])('%s for %s', (template, path, expected) => {
    expect(match(template, path)).toEqual(expected);
  });

  test.each([
    ['a//b', 'empty segment'],
    ['a/{b}-{c}', 'one parameter a segment'],
    ['a/{b', 'one parameter a segment'],
    ['{a}/{A}', '"A" twice'],
    ['{a?}/b', 'goes on after "a"'],
    ['{*a}/b', 'goes on after "a"'],
    ['{a:odd}', 'constraint "odd"'],
    ['{}', 'parameter "{}"'],
  ])('%s is refused', (template, reason) => {
    expect(() => parseRouteTemplate(template)).toThrow(reason);
  });
});

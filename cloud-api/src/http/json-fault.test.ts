import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonFaultOf } from './json-fault.ts';

test('a key given twice is found at any depth, however it is written', () => {
  expect(jsonFaultOf('{"a":1,"b":{"a":2}}')).toBeNull();
  expect(jsonFaultOf('{"a":1,"a":2}')).toEqual({ kind: 'key_twice', key: 'a' });
  expect(jsonFaultOf('[{"x":{"a":1 ,"\\u0061" : 2}}]')).toEqual({ kind: 'key_twice', key: 'a' });
  expect(jsonFaultOf('[{"a":1},{"a":2}]')).toBeNull();
  expect(jsonFaultOf('{"a":"a","b":["a","a"]}')).toBeNull();
});

test('keys that reach a prototype are refused, however they are written', () => {
  for (const key of ['__proto__', 'constructor', 'prototype', '\\u005f_proto__', 'con\\u0073tructor']) {
    expect(jsonFaultOf(`{"a":[{"${key}":{}}]}`), key).toMatchObject({ kind: 'forbidden_key' });
    expect(jsonFaultOf(`{"a":"${key}"}`), key).toBeNull();
  }
});

test('twenty levels are taken, and twenty-one are not', () => {
  expect(jsonFaultOf(`${'['.repeat(20)}${']'.repeat(20)}`)).toBeNull();
  expect(jsonFaultOf(`${'['.repeat(21)}${']'.repeat(21)}`)).toEqual({ kind: 'too_deep' });
  expect(jsonFaultOf('{"a":'.repeat(100_000))).toEqual({ kind: 'too_deep' });
});

test('whatever an honest program writes has no fault, and nothing makes it throw', () => {
  const honest = fc.jsonValue({ maxDepth: 6 });
  fc.assert(
    fc.property(honest, (value) => {
      const text = JSON.stringify(value);
      const forbidden = /"(?:__proto__|constructor|prototype)"/.test(text);
      if (!forbidden) expect(jsonFaultOf(text)).toBeNull();
      expect(() => jsonFaultOf(text.slice(0, text.length / 2))).not.toThrow();
    }),
  );
});

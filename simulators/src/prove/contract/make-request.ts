import fc from 'fast-check';
import type { Random } from '../../random.ts';
import { arbitraryOf } from './arbitrary-of.ts';
import type { KnownValues } from './known-values.ts';
import type { Operation, Schema } from './open-api.ts';
import { oddText, spoilBody } from './spoil.ts';

/** A request to be sent. */
export interface FuzzedRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string | FormData | undefined;
}

/** How often a request is meant to be wrong somewhere. */
const WRONG_SHARE = 0.4;

/** Makes requests for a route from its description: right ones of things that are there, and ones with something wrong. */
export function requestMaker(resolve: (ref: string) => Schema, known: KnownValues, random: Random) {
  const arbitraries = new WeakMap<Schema, fc.Arbitrary<unknown>>();
  const draw = (schema: Schema): unknown => {
    const arbitrary = arbitraries.get(schema) ?? arbitraryOf(schema, resolve);
    arbitraries.set(schema, arbitrary);
    return fc.sample(arbitrary, { seed: random.whole(0, 2 ** 31 - 1), numRuns: 1 })[0];
  };

  return (operation: Operation): FuzzedRequest => {
    const isWrong = random.next() < WRONG_SHARE;
    const wrongs = () => isWrong && random.next() < 0.3;
    let path = operation.path;
    const query = new URLSearchParams();
    const headers: Record<string, string> = {};
    for (const { name, in: place, schema, required } of operation.parameters) {
      if (required !== true && name !== 'if-match' && random.next() < 0.5) continue;
      const drawn = place === 'path' && random.next() < 0.8 ? known.forPath(operation.path, name) : undefined;
      const value = wrongs() ? oddText(random) : String(drawn ?? known.mixInto(draw(schema), name));
      // With nothing in its place the address would be another one.
      if (place === 'path') path = path.replace(`{${name}}`, encodeURIComponent(value.toWellFormed() || '0'));
      if (place === 'query') query.append(name, value);
      if (place === 'header') headers[name] = name === 'if-match' ? '*' : headerText(value);
    }
    const [contentType, content] = Object.entries(operation.requestBody?.content ?? {}).at(
      -1 * Number(random.next() < 0.5),
    ) ?? [undefined, undefined];
    const search = query.size === 0 ? '' : `?${query}`;
    const request = { method: operation.method, path: `${path}${search}`, headers, body: undefined };
    if (contentType === undefined) return request;
    const value = known.mixInto(content?.schema === undefined ? {} : draw(content.schema));
    const made = bodyOf(contentType, value, isWrong);
    return { ...request, ...made, headers: { ...headers, ...made.headers } };
  };

  function bodyOf(contentType: string, value: unknown, isWrong: boolean): Partial<FuzzedRequest> {
    const fields = Object.entries(value !== null && typeof value === 'object' ? value : {});
    if (contentType.startsWith('multipart/')) {
      const form = new FormData();
      for (const [name, one] of fields) {
        form.append(name, new Blob([typeof one === 'string' ? one : JSON.stringify(one ?? '')]), 'file.csv');
      }
      return { body: form };
    }
    const headers = { 'content-type': contentType };
    if (contentType.includes('form-urlencoded')) {
      const form = new URLSearchParams(Object.fromEntries(fields.map(([name, one]) => [name, String(one)])));
      return { headers, body: form.toString() };
    }
    return { headers, body: isWrong ? spoilBody(value, random) : JSON.stringify(value) };
  }
}

/** Header values hold printable characters only; others would not leave the client. */
const headerText = (value: string) => value.replaceAll(/[^\x20-\x7e]/g, '').slice(0, 500);

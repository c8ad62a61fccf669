import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestCloud } from './test-cloud.ts';

interface Operation {
  parameters?: { name: string; in: string }[];
  requestBody?: { content: Record<string, { schema?: { properties?: object; $ref?: string } }> };
}

/** Long enough for a busy machine; `pg_sleep(10)` and a pattern that is led astray take longer. */
const PATIENCE_MS = 5_000;
const hostile = [
  "' or 1=1--",
  '1); select pg_sleep(10); --',
  '$1',
  'name;drop table providers',
  '\u0000',
  '\u202ekcurt',
  '..%2f..%2fetc%2fpasswd',
  '%252e%252e%252f',
  '../../etc/passwd',
  '9'.repeat(400),
  `${'a'.repeat(50_000)}!`,
  `${'1-'.repeat(25_000)}x`,
  `=cmd|' /c calc'!A1`,
];

let cloud: Awaited<ReturnType<typeof startTestCloud>>;
let paths: [path: string, methods: [method: string, operation: Operation][]][];
let schemas: Record<string, { properties?: object }>;
beforeAll(async () => {
  cloud = await startTestCloud();
  const { body } = await cloud.call('GET', '/openapi.json');
  const document = body as {
    paths: Record<string, Record<string, Operation>>;
    components: { schemas: typeof schemas };
  };
  paths = Object.entries(document.paths).map(([path, methods]) => [path, Object.entries(methods)]);
  schemas = document.components.schemas;
}, 60_000);
afterAll(() => cloud[Symbol.asyncDispose]());

/** What was answered with a failure of ours, or too late. */
async function offencesOf(requests: { method: string; path: string; body?: object }[]): Promise<string[]> {
  const offences: string[] = [];
  for (const { method, path, body } of requests) {
    const startedMs = performance.now();
    const { status } = await cloud.call(method.toUpperCase(), path, body);
    const tookMs = performance.now() - startedMs;
    if (status >= 500 || tookMs > PATIENCE_MS) {
      offences.push(
        `${method} ${path.slice(0, 120)} ${JSON.stringify(body ?? {}).slice(0, 80)}: ${status}, ${tookMs} ms`,
      );
    }
  }
  return offences;
}

test('hostile text in a path finds nothing, breaks nothing and delays nothing', async () => {
  const requests = paths
    .filter(([path]) => path.includes('{'))
    .flatMap(([path, methods]) =>
      methods.flatMap(([method]) =>
        hostile.map((text) => ({
          method,
          path: path.replaceAll(/\{[^}]+\}/g, encodeURIComponent(text)),
          ...(method === 'get' ? {} : { body: {} }),
        })),
      ),
    );
  expect(requests.length).toBeGreaterThan(300);
  expect(await offencesOf(requests)).toEqual([]);
}, 120_000);

test('hostile text in a filter or an order is refused or finds nothing', async () => {
  const requests = paths.flatMap(([path, methods]) =>
    methods.flatMap(([method, { parameters = [] }]) =>
      parameters
        .filter((one) => one.in === 'query' && method === 'get')
        .flatMap(({ name }) =>
          hostile.map((text) => ({
            method,
            path: `${path.replaceAll(/\{[^}]+\}/g, '10001')}?${new URLSearchParams({ [name]: text })}`,
          })),
        ),
    ),
  );
  expect(requests.length).toBeGreaterThan(300);
  expect(await offencesOf(requests)).toEqual([]);
}, 120_000);

test('hostile text in any field of a body is stored as text or refused', async () => {
  const propertiesOf = ({ requestBody }: Operation) => {
    const schema = requestBody?.content['application/json']?.schema ?? {};
    const named = schemas[schema.$ref?.split('/').at(-1) ?? ''] ?? {};
    return Object.keys(schema.properties ?? named.properties ?? {});
  };
  const requests = paths.flatMap(([path, methods]) =>
    methods.flatMap(([method, operation]) => {
      const names = propertiesOf(operation);
      const filled = path.replaceAll(/\{[^}]+\}/g, '10001');
      return names.length === 0
        ? []
        : hostile.map((text) => ({
            method,
            path: filled,
            body: Object.fromEntries(names.map((name) => [name, text])),
          }));
    }),
  );
  expect(requests.length).toBeGreaterThan(200);
  expect(await offencesOf(requests)).toEqual([]);
}, 120_000);

import { textOf } from '@weighgate/protocol';
import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { problem } from './problem.ts';
import { refusalProblem } from './refusal-problem.ts';

const refusal = { code: 'below_threshold', thresholdKg: 517 } as const;
const app = new Hono()
  .get('/refused', (c) => refusalProblem(c, { status: 409, title: 'Not weighed' }, refusal))
  .get('/missing', (c) =>
    problem(c, { status: 404, code: 'not_found', title: 'Not found', detail: 'None.' }),
  );

test.each([
  [undefined, 'en'],
  ['he-IL,he;q=0.9', 'he'],
  ['ar', 'ar'],
  ['fr', 'en'],
] as const)('a refusal asked for in %j is told in %s, with the same code', async (header, language) => {
  const response = await app.request('/refused', {
    headers: header === undefined ? {} : { 'accept-language': header },
  });
  expect(response.status).toBe(409);
  expect(response.headers.get('content-language')).toBe(language);
  expect(response.headers.get('vary')).toBe('accept-language');
  expect(await response.json()).toMatchObject({
    type: '/problems/below-threshold',
    detail: textOf(refusal, language),
    thresholdKg: 517,
  });
});

test('a problem that is no refusal says that it is in English', async () => {
  const response = await app.request('/missing', { headers: { 'accept-language': 'he' } });
  expect(response.headers.get('content-language')).toBe('en');
});

import { createServer, type ServerResponse } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeCircuits } from '../../outbound/circuits.ts';
import { listenOn } from '../../store/listen-on.ts';
import { testParts } from '../../store/test-database.ts';
import { authorityAt } from './ask-authority.ts';

const question = {
  reference: 'run/figures',
  sellerTaxId: '514000000',
  buyerTaxId: '510000000',
  currency: 'ILS',
  netMinor: '654500',
  vatMinor: '117810',
};
let answers: (response: ServerResponse) => void;
let asked = 0;
let url: string;
const server = createServer((_, response) => {
  asked += 1;
  answers(response);
});
beforeAll(async () => {
  url = `http://127.0.0.1:${await listenOn(server, '127.0.0.1', 0, 'test')}/`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

const askOnce = (at = url) =>
  authorityAt(at, { ...testParts, circuits: makeCircuits(), timeoutMs: 500 })(question);
const says = (body: unknown, status = 200) => {
  answers = (response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
};

test('a number or a refusal is taken as it was said', async () => {
  says({ kind: 'granted', number: '202607000000123456' });
  expect(await askOnce()).toEqual({ kind: 'granted', number: '202607000000123456' });
  says({ kind: 'refused', reason: 'unknown dealer' });
  expect(await askOnce()).toEqual({ kind: 'refused', reason: 'unknown dealer' });
});

test.each([
  ['a number with other signs', { kind: 'granted', number: '12345678x' }, 200, 'number'],
  ['a key that nobody knows', { kind: 'granted', number: '123456789', more: 1 }, 200, 'more'],
  ['an empty reason', { kind: 'refused', reason: '' }, 200, 'reason'],
  ['no JSON', '<html>maintenance</html>', 200, 'not JSON'],
  ['a refusal under another status', { kind: 'refused', reason: 'no' }, 403, 'status 403'],
  ['a failure of its own', '', 500, 'status 500'],
  ['a redirection', '', 302, 'status 302'],
  ['an answer without end', 'x'.repeat(100_000), 200, 'too long'],
])('%s is no answer: neither a number nor a refusal', async (_, body, status, words) => {
  says(body, status);
  expect(await askOnce()).toEqual({ kind: 'down', detail: expect.stringContaining(words) });
});

test('silence is not waited for longer than it may take, and where nobody listens there is no answer', async () => {
  answers = () => undefined;
  expect(await askOnce()).toEqual({ kind: 'down', detail: 'no answer within 0.5 s' });
  answers = (response) => response.writeHead(200).write('{');
  expect(await askOnce()).toEqual({ kind: 'down', detail: 'no answer within 0.5 s' });
  expect(await askOnce('http://127.0.0.1:9/')).toMatchObject({ kind: 'down' });
});

test('after five failures in a row it is not asked; refusals are no failures', async () => {
  const circuits = makeCircuits();
  const ask = authorityAt(url, { ...testParts, circuits });
  const askedBefore = asked;
  says({ kind: 'refused', reason: 'unknown dealer' });
  for (let times = 0; times < 6; times += 1) expect(await ask(question)).toMatchObject({ kind: 'refused' });
  expect(circuits.states().get('allocation')).toBe('closed');
  says('', 503);
  for (let times = 0; times < 5; times += 1) await ask(question);
  expect(circuits.states().get('allocation')).toBe('open');
  expect(await ask(question)).toEqual({ kind: 'down', detail: expect.stringContaining('not asked') });
  expect(asked - askedBefore).toBe(11);
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { applicationFields } from './registration/application-fields.ts';
import { startTestCloud } from './test-cloud.ts';

let cloud: Awaited<ReturnType<typeof startTestCloud>>;
beforeAll(async () => {
  cloud = await startTestCloud();
}, 60_000);
afterAll(() => cloud[Symbol.asyncDispose]());

let counted = 0;
const stated = (said: object = {}) => {
  counted += 1;
  return {
    company_name: `Fault ${counted}`,
    contact_email: `fault${counted}@example.com`,
    phone: '1',
    products: ['apples'],
    truck_count: 1,
    capacity_tons_per_day: 1,
    location: 'x',
    ...said,
  };
};
const apply = (said: object = {}) =>
  cloud.call('POST', '/api/provider/candidates', stated(said), { authorization: '' });
const stored = async (answer: { body: unknown }) =>
  cloud.database.db
    .selectFrom('applications')
    .selectAll()
    .where('application_id', '=', (answer.body as { candidate_id: string }).candidate_id)
    .executeTakeFirstOrThrow();

const textFields = ['company_name', 'contact_email', 'phone', 'location', 'tax_id', 'language'];

describe('hostile text', () => {
  const hostile = [
    "' OR 1=1--",
    '%00',
    'a\u0000b',
    "'; select pg_sleep(10); --",
    '$1',
    '{{7*7}}',
    '../../etc/passwd',
    '<script>alert(1)</script>',
    '\ud800',
    'line\nline',
    '\u202egnp.exe',
  ];

  test.each(textFields)('in %s is kept as text or refused, and never runs', async (field) => {
    for (const text of hostile) {
      const startedMs = performance.now();
      const answer = await apply({ [field]: text });
      expect(performance.now() - startedMs, text).toBeLessThan(5_000);
      expect([201, 422], `${field} ${text}`).toContain(answer.status);
      if (answer.status !== 201) continue;
      const row: Record<string, unknown> = { ...(await stored(answer)) };
      expect(row[field]).toBe(text.replace('\u202e', ''));
    }
  });

  test('in products and in filters is none that we know', async () => {
    for (const text of hostile) {
      expect((await apply({ products: [text] })).status, text).toBe(422);
      const query = new URLSearchParams({ product: text }).toString();
      expect([200, 422], text).toContain(
        (await cloud.call('GET', `/api/provider/candidates?${query}`)).status,
      );
    }
  });

  test('in the name of a provider or in a reason is kept as text or refused', async () => {
    for (const text of hostile) {
      const made = await apply();
      const { application_id: id } = await stored(made);
      const path = `/api/provider/candidates/${id}`;
      const approved = await cloud.call('POST', `${path}/approve`, { provider_name: text });
      expect([200, 409, 422], `${text} ${JSON.stringify(approved.body)}`).toContain(approved.status);
      if (approved.status === 200) continue;
      expect([200, 422], text).toContain(
        (await cloud.call('POST', `${path}/reject`, { reason: text })).status,
      );
    }
  });
});

test('fields that nobody asked for are refused by name', async () => {
  for (const extra of ['status', 'provider_id', 'version', 'role', 'website']) {
    const answer = await apply({ [extra]: 'approved' });
    expect(answer).toMatchObject({
      status: 422,
      body: { errors: [{ path: extra, message: 'is not a known field' }] },
    });
  }
  const answer = await cloud.call('POST', '/api/provider/candidates', '{"__proto__":{"status":"approved"}}', {
    authorization: '',
  });
  expect(answer.status).toBe(400);
});

test('numbers that are none, or that no column holds, are refused', async () => {
  for (const field of ['truck_count', 'capacity_tons_per_day']) {
    for (const wrong of [0, -1, 1.5, '3', null, 2_147_483_648, 1e300]) {
      expect((await apply({ [field]: wrong })).status, `${field} ${wrong}`).toBe(422);
    }
    expect((await apply({ [field]: 2_147_483_647 })).status).toBe(201);
  }
});

test('text of 50 kB that is made to keep a pattern busy is refused within 50 ms', () => {
  const long = 50_000;
  const busy = [
    'a'.repeat(long),
    `${'a'.repeat(long)}@`,
    `a@${'a.'.repeat(long / 2)}`,
    `${' '.repeat(long)}x`,
  ];
  busy.push(`${'-'.repeat(long)}!`, `a${'\u200b'.repeat(long)}`, 'é'.normalize('NFD').repeat(long / 2));
  applicationFields.safeParse(stated());
  for (const field of [...textFields, 'products']) {
    for (const text of busy) {
      const startedMs = performance.now();
      const read = applicationFields.safeParse(stated({ [field]: field === 'products' ? [text] : text }));
      expect(performance.now() - startedMs, `${field} ${text.slice(0, 5)}`).toBeLessThan(50);
      expect(read.success, `${field} ${text.slice(0, 5)}`).toBe(false);
    }
  }
});

test('a name is the same however it is written in Unicode: the second company is told of the first', async () => {
  const first = await stored(await apply({ company_name: 'Café Orchards' }));
  const approve = (id: string) => cloud.call('POST', `/api/provider/candidates/${id}/approve`, {});
  expect((await approve(first.application_id)).status).toBe(200);
  for (const twin of ['Cafe\u0301 Orchards', 'ＣＡＦÉ Orchards', '\u200fCafé\u200b Orchards\u200e']) {
    const again = await stored(await apply({ company_name: twin }));
    expect(again.company_name).not.toMatch(/\p{Cf}/u);
    expect((await approve(again.application_id)).status, twin).toBe(409);
  }
});

test('an e-mail address in full width or another case is no other address', async () => {
  await apply({ contact_email: 'Twin@example.com' });
  const again = await stored(await apply({ contact_email: 'tWIN@EXAMPLE.com' }));
  expect(again).toMatchObject({ status: 'waiting', contact_email: 'tWIN@example.com' });
  expect((await apply({ contact_email: 'ｔwin@example.com' })).status).toBe(422);
});

test('a list of any length is asked for in pages, and answered soon', async () => {
  for (const [query, status] of [
    ['limit=1000000000', 422],
    ['offset=1000000000000', 422],
    ['page=1000000&page_size=100', 200],
    ['limit=-1', 422],
    ['limit=1e2', 422],
  ] as const) {
    const startedMs = performance.now();
    expect((await cloud.call('GET', `/api/provider/candidates?${query}`)).status, query).toBe(status);
    expect(performance.now() - startedMs, query).toBeLessThan(1_000);
  }
});

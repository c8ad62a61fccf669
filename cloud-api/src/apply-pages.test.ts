import { afterAll, beforeAll, expect, test } from 'vitest';
import { wordsIn } from './registration/pages/words.ts';
import { startTestCloud } from './test-cloud.ts';

let cloud: Awaited<ReturnType<typeof startTestCloud>>;
beforeAll(async () => {
  cloud = await startTestCloud(Date.parse('2026-05-31T08:00:00.000Z'));
}, 60_000);
afterAll(() => cloud[Symbol.asyncDispose]());

const get = async (path: string, headers: Record<string, string> = {}) => {
  const answer = await cloud.app.request(path, { headers });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
};
const post = async (path: string, fields: readonly (readonly [string, string])[] = []) => {
  const body = new URLSearchParams();
  for (const [name, value] of fields) body.append(name, value);
  const answer = await cloud.app.request(path, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: body.toString(),
  });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
};
const filled = (said: Record<string, string> = {}) => {
  const fields = {
    lang: 'en',
    once: 'once-1',
    company_name: 'Hadar Orchards',
    contact_email: 'hadar@example.com',
    phone: '',
    tax_id: '',
    location: '',
    truck_count: '3',
    capacity_tons_per_day: '1,200',
    website: '',
    ...said,
  };
  return [...Object.entries(fields), ['products', 'grapes'] as const, ['products', 'apples'] as const];
};
const stored = (email: string) =>
  cloud.database.db.selectFrom('applications').selectAll().where('contact_email', '=', email).execute();

test.each(['he', 'en', 'ar'] as const)(
  'the form is there in %s, in its direction, every field with its label, under its own policy',
  async (lang) => {
    const { status, text, headers } = await get(`/apply?lang=${lang}`);
    expect(status).toBe(200);
    expect(text).toContain(`<html lang="${lang}" dir="${lang === 'en' ? 'ltr' : 'rtl'}">`);
    for (const [field, label] of Object.entries(wordsIn[lang].labels)) {
      expect(text).toContain(label);
      if (field !== 'products') expect(text).toContain(`<label for="${field}">${label}`);
    }
    const [, nonce] = /<style nonce="([^"]+)">/.exec(text) ?? [];
    expect(headers.get('content-security-policy')).toContain(`style-src 'self' 'nonce-${nonce}'`);
    expect(text).not.toContain('<script');
  },
);

test('without a wish the page speaks the browser’s language, and Hebrew to one whose language we do not have', async () => {
  expect((await get('/apply', { 'accept-language': 'ar-IL,en;q=0.5' })).text).toContain('<html lang="ar"');
  expect((await get('/apply', { 'accept-language': 'fi,en-GB;q=0.5' })).text).toContain('<html lang="en"');
  expect((await get('/apply', { 'accept-language': 'fi' })).text).toContain('<html lang="he"');
  expect((await get('/apply?lang=xx')).status).toBe(200);
});

test('what is wrong stands beside its field and in a list above, and what was typed stays', async () => {
  const { status, text } = await post(
    '/apply',
    filled({ contact_email: 'nobody', truck_count: '2.5', location: '"><script>alert(1)</script>' }),
  );
  expect(status).toBe(422);
  const { faults } = wordsIn.en;
  for (const field of ['contact_email', 'truck_count'] as const) {
    expect(text).toContain(`<a href="#${field}">`);
    expect(text).toContain(`<p class="fault" id="${field}-fault">${faults[field]}</p>`);
  }
  expect(text.match(/aria-invalid="true"/g)).toHaveLength(2);
  expect(text).toContain('value="nobody"');
  expect(text).toContain('value="Hadar Orchards"');
  expect(text).toMatch(/value="grapes"\s+checked/);
  expect(text).not.toContain('<script>');
  expect(text).toContain('&lt;script&gt;');
  expect(await stored('hadar@example.com')).toEqual([]);
});

test('a form that is sent twice is one application, and its private link shows it', async () => {
  const first = await post('/apply', filled());
  expect(first.status).toBe(303);
  const link = first.headers.get('location') ?? '';
  expect(link).toMatch(/^\/apply\/wga_[\w-]{32}\?lang=en$/);
  expect((await post('/apply', filled())).headers.get('location')).toBe(link);
  const [application, ...more] = await stored('hadar@example.com');
  expect(more).toEqual([]);
  expect(application).toMatchObject({
    products: ['grapes', 'apples'],
    truck_count: 3,
    capacity_tons_per_day: 1200,
    phone: null,
    language: 'en',
  });
  const page = await get(link);
  expect(page.status).toBe(200);
  expect(page.text).toContain(application?.reference);
  expect(page.text).toContain('Hadar Orchards');
  expect(page.text).toContain('We have your application');
  // 08:00 UTC, on the clocks of the site.
  expect(page.text).toContain('May 31, 2026 at 11:00');
  expect(page.text).not.toContain('hadar@example.com');

  const other = await post('/apply', filled({ company_name: 'Changed' }));
  expect(other.status).toBe(422);
  expect(other.text).toContain(wordsIn.en.problems.sentBefore);
});

test('a rejection is read in the language of the applicant, with its reason as text', async () => {
  const sent = await post('/apply', filled({ lang: 'he', once: 'once-2', contact_email: 'noa@example.com' }));
  const [application] = await stored('noa@example.com');
  const reason = '<img src=x onerror=alert(1)>\nאין מקום';
  const path = `/api/provider/candidates/${application?.application_id}/reject`;
  expect((await cloud.call('POST', path, { reason })).status).toBe(200);
  const { text } = await get((sent.headers.get('location') ?? '').replace('?lang=he', ''));
  expect(text).toContain('<html lang="he" dir="rtl">');
  expect(text).toContain('לא אושרה');
  expect(text).toContain('&lt;img src=x onerror=alert(1)&gt;\nאין מקום');
  expect(text).not.toContain('<img');
  expect(text).not.toContain('/withdraw');
});

test('an applicant withdraws by the page, and sees that it is done', async () => {
  const sent = await post('/apply', filled({ once: 'once-3', contact_email: 'dan@example.com' }));
  const link = (sent.headers.get('location') ?? '').replace('?lang=en', '');
  expect((await get(link)).text).toContain(`action="${link}/withdraw?lang=en"`);
  const withdrawn = await post(`${link}/withdraw?lang=en`);
  expect([withdrawn.status, withdrawn.headers.get('location')]).toEqual([303, `${link}?lang=en`]);
  expect((await get(link)).text).toContain('You took this application back');
  expect((await post(`${link}/withdraw?lang=en`)).status).toBe(303);
});

test('a program that fills in what nobody sees, or sends what no page has, leaves nothing behind', async () => {
  const trapped = await post('/apply', filled({ contact_email: 'bot@example.com', website: 'https://spam' }));
  expect(trapped.status).toBe(422);
  expect(trapped.text).toContain(wordsIn.en.problems.trap);
  expect((await post('/apply', filled({ contact_email: 'bot@example.com', role: 'admin' }))).status).toBe(
    422,
  );
  expect(await stored('bot@example.com')).toEqual([]);
});

test('a link that opens nothing says so on a page, whatever it looks like', async () => {
  for (const token of [
    `wga_${'A'.repeat(32)}`,
    'x',
    '%00',
    '..%2f..%2fetc%2fpasswd',
    "'%20or%201=1--",
    '%252e',
  ]) {
    const { status, text } = await get(`/apply/${token}?lang=en`);
    expect(status, token).toBe(404);
    expect(text).toContain('Link not known');
    expect(text).not.toContain('passwd');
  }
  expect((await post(`/apply/wga_${'A'.repeat(32)}/withdraw`)).status).toBe(404);
});

test('the pages stand in the document of the API, too', async () => {
  const { status, text } = await get('/openapi.json');
  expect(status).toBe(200);
  const { paths } = JSON.parse(text) as { paths: Record<string, object> };
  expect(Object.keys(paths)).toEqual(
    expect.arrayContaining([
      '/apply',
      '/apply/{token}',
      '/apply/{token}/withdraw',
      '/api/provider/candidates',
    ]),
  );
});

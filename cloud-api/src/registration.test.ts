import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestCloud, TEST_API_KEY } from './test-cloud.ts';

let cloud: Awaited<ReturnType<typeof startTestCloud>>;
beforeAll(async () => {
  cloud = await startTestCloud(Date.parse('2026-05-31T08:00:00.000Z'));
}, 60_000);
afterAll(() => cloud[Symbol.asyncDispose]());

const stranger = { authorization: '' };
let counted = 0;
/** What somebody states whom nobody has heard of yet. */
const newcomer = (said: object = {}) => {
  counted += 1;
  return {
    company_name: `Orchard ${counted}`,
    contact_email: `orchard${counted}@example.com`,
    phone: '+972-52-555-0100',
    products: ['apples', 'oranges'],
    truck_count: 3,
    capacity_tons_per_day: 40,
    location: 'Upper Galilee',
    ...said,
  };
};
interface Receipt {
  candidate_id: string;
  reference: string;
  status_url: string;
}
interface Candidate {
  status: string;
  version: number;
  provider_id: number | null;
  related: { candidate_id: string; status: string; rejection_reason: string | null }[];
  name_taken_by: { id: number } | null;
}
const apply = async (said: object = {}, headers: Record<string, string> = {}) => {
  const answer = await cloud.call('POST', '/api/provider/candidates', newcomer(said), {
    ...stranger,
    ...headers,
  });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer.body as Receipt;
};
const candidate = async (id: string) =>
  (await cloud.call('GET', `/api/provider/candidates/${id}`)).body as Candidate;
const approve = (id: string, body?: object, headers: Record<string, string> = {}) =>
  cloud.call('POST', `/api/provider/candidates/${id}/approve`, body ?? {}, headers);
const reject = (id: string, reason: string | null = null) =>
  cloud.call('POST', `/api/provider/candidates/${id}/reject`, { reason });
const own = (receipt: Receipt, rest = '') =>
  cloud.call(
    rest === '' ? 'GET' : 'POST',
    `/api/provider/applications/${receipt.status_url.split('/').at(-1)}${rest}`,
    rest === '' ? undefined : {},
    stranger,
  );
const mailsTo = async (address: string) =>
  (
    await cloud.database.db
      .selectFrom('outbound_messages')
      .select('content')
      .where('receiver', '=', address)
      .orderBy('message_id')
      .execute()
  ).map(({ content }) => JSON.parse(content) as { subject: string; text: string });
const providersNamed = (name: string) =>
  cloud.database.db.selectFrom('providers').select('id').where('name', '=', name).execute();

test('an applicant applies, staff reads and approves, and there is a provider of that name', async () => {
  const name = 'Perry of Kfar Saba';
  const receipt = await apply({ company_name: name, contact_email: 'Perry@Kfar.EXAMPLE' });
  const read = await cloud.call('GET', `/api/provider/candidates/${receipt.candidate_id}`);
  expect(read.body).toEqual({
    candidate_id: receipt.candidate_id,
    status: 'pending',
    company_name: name,
    contact_email: 'Perry@kfar.example',
    phone: '+972-52-555-0100',
    products: ['apples', 'oranges'],
    truck_count: 3,
    capacity_tons_per_day: 40,
    location: 'Upper Galilee',
    created_at: '2026-05-31T08:00:00.000Z',
    updated_at: '2026-05-31T08:00:00.000Z',
    provider_id: null,
    version: 1,
    rejection_reason: null,
    reference: receipt.reference,
    tax_id: null,
    language: 'en',
    decided_at: null,
    decided_by: null,
    related: [],
    name_taken_by: null,
  });
  expect(read.headers.get('etag')).toBe('"v1"');

  const approved = await approve(receipt.candidate_id);
  const [provider] = await providersNamed(name);
  expect(approved).toMatchObject({
    status: 200,
    body: { candidate_id: receipt.candidate_id, status: 'approved', provider_id: provider?.id },
  });
  expect(await candidate(receipt.candidate_id)).toMatchObject({
    status: 'approved',
    version: 2,
    provider_id: provider?.id,
    decided_by: 'test',
  });
  expect(await approve(receipt.candidate_id)).toMatchObject({
    status: 400,
    body: { detail: 'Candidate already approved' },
  });
});

test('the devices are told of a provider that came by an application', async () => {
  const receipt = await apply();
  const { provider_id } = (await approve(receipt.candidate_id)).body as { provider_id: number };
  const change = await cloud.database.db
    .selectFrom('master_data_changes')
    .select('body')
    .where('entity', '=', 'provider')
    .where('row_id', '=', String(provider_id))
    .executeTakeFirst();
  expect(change?.body).toContain('Orchard');
});

test('a stranger gets a reference and a private link, and reads nobody’s data', async () => {
  const receipt = await apply();
  expect(Object.keys(receipt).sort()).toEqual([
    'candidate_id',
    'reference',
    'status',
    'status_url',
    'status_url_expires_at',
  ]);
  const { candidate_id: id } = receipt;
  for (const path of ['/api/provider/candidates', `/api/provider/candidates/${id}`]) {
    expect((await cloud.call('GET', path, undefined, stranger)).status).toBe(401);
  }
  for (const deed of ['approve', 'reject']) {
    const path = `/api/provider/candidates/${id}/${deed}`;
    expect((await cloud.call('POST', path, {}, stranger)).status).toBe(401);
  }
});

test('of twenty approvals at once one makes the provider, and the others are told that it is done', async () => {
  const receipt = await apply({ company_name: 'Twenty At Once' });
  const answers = await Promise.all(Array.from({ length: 20 }, () => approve(receipt.candidate_id)));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(answers.filter(({ status }) => status === 400)).toHaveLength(19);
  expect(await providersNamed('Twenty At Once')).toHaveLength(1);
});

test('of approvals and rejections at once one holds, and there is a provider exactly when it approved', async () => {
  const receipt = await apply({ company_name: 'Both At Once' });
  const { candidate_id: id } = receipt;
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? approve(id) : reject(id, 'too far away'))),
  );
  const [won] = answers.filter(({ status }) => status === 200);
  expect(answers.filter(({ status }) => status === 400)).toHaveLength(19);
  const { status = 'none' } = (won?.body ?? {}) as { status?: string };
  expect((await candidate(id)).status).toBe(status);
  expect(await providersNamed('Both At Once')).toHaveLength(status === 'approved' ? 1 : 0);
});

test('when approving fails half-way there is no provider, and it can be done again', async () => {
  const receipt = await apply({ company_name: 'Half Way' });
  const { pool } = cloud.database;
  await pool.query(
    "alter table applications add constraint no_half_way check (company_name <> 'Half Way' or status <> 'approved')",
  );
  expect((await approve(receipt.candidate_id)).status).toBe(500);
  expect(await providersNamed('Half Way')).toEqual([]);
  expect((await candidate(receipt.candidate_id)).status).toBe('pending');
  await pool.query('alter table applications drop constraint no_half_way');
  expect((await approve(receipt.candidate_id)).status).toBe(200);
  expect(await providersNamed('Half Way')).toHaveLength(1);
});

test('an approval sent again under its Idempotency-Key is answered the same', async () => {
  const { candidate_id: id } = await apply();
  const key = { 'idempotency-key': 'approve-again-1' };
  const answers = await Promise.all(Array.from({ length: 10 }, () => approve(id, {}, key)));
  for (const { status, body } of answers) expect([status, body]).toEqual([200, answers[0]?.body]);
  expect((await approve(id, { provider_name: 'Other' }, key)).status).toBe(422);
});

test('a company name that a provider has already is answered with what can be done, and each of it works', async () => {
  const taken = 'Twice Named Ltd';
  const first = await apply({ company_name: taken });
  const { provider_id: holder } = (await approve(first.candidate_id)).body as { provider_id: number };

  const same = await apply({ company_name: 'TWICE named ltd' });
  expect((await candidate(same.candidate_id)).name_taken_by).toEqual({ id: holder, name: taken });
  const refused = await approve(same.candidate_id);
  expect(refused.status).toBe(409);
  const { choices, detail } = refused.body as { choices: object[]; detail: string };
  expect(detail).toContain(`provider ${holder} is already named "${taken}"`);
  expect(choices).toEqual([
    { provider_id: holder },
    { provider_name: `TWICE named ltd (${same.reference})` },
  ]);
  expect((await candidate(same.candidate_id)).status).toBe('pending');
  expect(await approve(same.candidate_id, choices[0])).toMatchObject({
    status: 200,
    body: { provider_id: holder },
  });

  const other = await apply({ company_name: taken });
  const [, underOtherName] = ((await approve(other.candidate_id)).body as { choices: object[] }).choices;
  const approved = await approve(other.candidate_id, underOtherName);
  expect(approved.status).toBe(200);
  expect((approved.body as { provider_id: number }).provider_id).not.toBe(holder);

  const third = await apply();
  expect(await approve(third.candidate_id, { provider_id: 99_999 })).toMatchObject({
    status: 409,
    body: { detail: expect.stringContaining('no active provider 99999') },
  });
  const both = { provider_id: holder, provider_name: 'Both' };
  expect((await approve(third.candidate_id, both)).status).toBe(422);
});

test('a decision on a version that somebody changed meanwhile is told so', async () => {
  const { candidate_id: id } = await apply();
  expect((await approve(id, {}, { 'if-match': '"v7"' })).status).toBe(412);
  expect((await candidate(id)).status).toBe('pending');
  expect((await approve(id, {}, { 'if-match': '"v1"' })).status).toBe(200);
});

test('who was rejected reads why, applies anew, and both applications stay', async () => {
  const said = { contact_email: 'again@example.com', tax_id: '51-4567890' };
  const first = await apply(said);
  expect(await reject(first.candidate_id, 'no scale ticket')).toMatchObject({
    status: 200,
    body: { candidate_id: first.candidate_id, status: 'rejected', rejection_reason: 'no scale ticket' },
  });
  expect((await own(first)).body).toMatchObject({
    status: 'rejected',
    rejection_reason: 'no scale ticket',
  });
  expect((await approve(first.candidate_id)).body).toMatchObject({ detail: 'Candidate already rejected' });
  const second = await apply({ ...said, contact_email: 'AGAIN@example.com' });
  expect(await candidate(second.candidate_id)).toMatchObject({
    status: 'pending',
    related: [{ candidate_id: first.candidate_id, status: 'rejected', rejection_reason: 'no scale ticket' }],
  });
  expect((await approve(second.candidate_id)).status).toBe(200);
});

test('a rejection without a reason is one; without a body, or with a reason that nobody could read, it is not', async () => {
  const { candidate_id: id } = await apply();
  const path = `/api/provider/candidates/${id}/reject`;
  expect((await cloud.call('POST', path, { reason: 'x'.repeat(1001) })).status).toBe(422);
  expect((await cloud.call('POST', path, { reason: 'a\u0000b' })).status).toBe(422);
  expect((await cloud.call('POST', path, { rejection_reason: 'under a wrong name' })).status).toBe(422);
  expect(
    (await cloud.app.request(path, { method: 'POST', headers: { authorization: `Bearer ${TEST_API_KEY}` } }))
      .status,
  ).toBe(422);
  expect(await cloud.call('POST', path, {})).toMatchObject({
    status: 200,
    body: { rejection_reason: null },
  });
});

test('of applications with one e-mail address or one tax id one is open, and nobody learns so from the answer', async () => {
  const said = { contact_email: 'known@example.com', tax_id: '514 567 891' };
  const first = await apply(said);
  const byMail = await apply({ contact_email: 'KNOWN@example.com' });
  const byTaxId = await apply({ tax_id: '514-567-891' });
  for (const repeat of [byMail, byTaxId]) {
    expect({ ...repeat, candidate_id: '', reference: '', status_url: '' }).toEqual({
      ...first,
      candidate_id: '',
      reference: '',
      status_url: '',
    });
    expect((await own(repeat)).body).toMatchObject({ status: 'pending' });
    expect(await candidate(repeat.candidate_id)).toMatchObject({
      status: 'waiting',
      related: [{ candidate_id: first.candidate_id, status: 'pending' }],
    });
    expect(await approve(repeat.candidate_id)).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('decide that one first') },
    });
  }
  await reject(first.candidate_id);
  expect((await candidate(byMail.candidate_id)).status).toBe('pending');
  expect((await candidate(byTaxId.candidate_id)).status).toBe('pending');
  const third = await apply({ contact_email: 'known@example.com', tax_id: '514567891' });
  await approve(byMail.candidate_id);
  expect((await candidate(third.candidate_id)).status).toBe('waiting');
  await approve(byTaxId.candidate_id);
  expect((await candidate(third.candidate_id)).status).toBe('pending');
});

test('twenty applications with one e-mail address at once are all kept, and one of them is open', async () => {
  const receipts = await Promise.all(
    Array.from({ length: 20 }, () => apply({ contact_email: 'crowd@example.com' })),
  );
  const states = await Promise.all(receipts.map(async (one) => (await candidate(one.candidate_id)).status));
  expect(states.filter((status) => status === 'pending')).toHaveLength(1);
  expect(states.filter((status) => status === 'waiting')).toHaveLength(19);
});

test('an application that is sent fifty times under one key is one, and every answer has the same link', async () => {
  const body = newcomer({ contact_email: 'fifty@example.com' });
  const send = (said: object) =>
    cloud.call('POST', '/api/provider/candidates', said, { ...stranger, 'idempotency-key': 'fifty-1' });
  const answers = await Promise.all(Array.from({ length: 50 }, () => send(body)));
  for (const { status, body: receipt } of answers) {
    expect([status, receipt]).toEqual([201, answers[0]?.body]);
  }
  const rows = await cloud.database.db
    .selectFrom('applications')
    .select('reference')
    .where('email_key', '=', 'fifty@example.com')
    .execute();
  expect(rows).toHaveLength(1);
  expect((await send({ ...body, truck_count: 4 })).status).toBe(422);
});

test('the private link opens the one application, for 180 days, and no table has it', async () => {
  const receipt = await apply({}, { 'idempotency-key': 'link-kept-sealed' });
  const other = await apply();
  expect((await own(receipt)).body).toEqual({
    reference: receipt.reference,
    status: 'pending',
    company_name: `Orchard ${counted - 1}`,
    submitted_at: '2026-05-31T08:00:00.000Z',
    decided_at: null,
    rejection_reason: null,
    link_expires_at: '2026-11-27T08:00:00.000Z',
  });
  const token = receipt.status_url.split('/').at(-1) ?? '';
  const { rows: tables } = await cloud.database.pool.query<{ name: string }>(
    "select quote_ident(tablename) as name from pg_tables where schemaname = 'public'",
  );
  expect(tables.length).toBeGreaterThan(30);
  for (const { name } of tables) {
    const { rows } = await cloud.database.pool.query(
      `select 1 from ${name} t where position($1 in t::text) > 0`,
      [token],
    );
    expect(rows, name).toEqual([]);
  }
  const flipped = token.endsWith('A') ? 'B' : 'A';
  for (const wrong of [`${token.slice(0, -1)}${flipped}`, `wga_${'A'.repeat(32)}`]) {
    expect((await own({ ...receipt, status_url: `/apply/${wrong}` })).status).toBe(404);
  }
  for (const wrong of [receipt.reference, receipt.candidate_id, `${token}x`, '%00', '..%2f..%2fetc']) {
    expect([404, 422]).toContain((await own({ ...receipt, status_url: `/apply/${wrong}` })).status);
  }
  const endsAt = (at: string) =>
    cloud.database.pool.query('update applications set link_expires_at = $1 where reference = any ($2)', [
      at,
      [receipt.reference, other.reference],
    ]);
  await endsAt('2026-05-31T08:00:00.000Z');
  expect((await own(receipt)).status).toBe(404);
  expect((await own(other, '/withdraw')).status).toBe(404);
  await endsAt('2026-05-31T08:00:00.001Z');
  expect((await own(receipt)).status).toBe(200);
});

test('an applicant takes an application back, once for all, but not after it was decided', async () => {
  const receipt = await apply({ contact_email: 'back@example.com' });
  const behind = await apply({ contact_email: 'back@example.com' });
  const withdrawn = await own(receipt, '/withdraw');
  expect(withdrawn).toMatchObject({ status: 200, body: { status: 'withdrawn' } });
  expect((await own(receipt, '/withdraw')).body).toEqual(withdrawn.body);
  expect(await approve(receipt.candidate_id)).toMatchObject({
    status: 400,
    body: { detail: 'Candidate already withdrawn' },
  });
  expect((await candidate(behind.candidate_id)).status).toBe('pending');
  await approve(behind.candidate_id);
  expect(await own(behind, '/withdraw')).toMatchObject({
    status: 409,
    body: { detail: expect.stringContaining('approved before') },
  });
});

test('the list is filtered, newest first, and in pages of both kinds', async () => {
  await apply({ products: ['mangoes'] });
  const newest = await apply({ products: ['mangoes', 'grapes'] });
  const listed = async (query: string) => {
    const { status, body } = await cloud.call('GET', `/api/provider/candidates?${query}`);
    return {
      status,
      ...(body as { candidates: Receipt[]; pagination: { total: number; limit: number; offset: number } }),
    };
  };
  const all = await listed('product=mangoes');
  expect(all.candidates).toHaveLength(2);
  expect(all.candidates[0]?.candidate_id).toBe(newest.candidate_id);
  expect(all.pagination).toEqual({ total: 2, limit: 20, offset: 0 });
  expect((await listed('product=mangoes&limit=1&offset=1')).candidates).toEqual(all.candidates.slice(1));
  expect(await listed('product=mangoes&page=2&page_size=1')).toMatchObject({
    candidates: all.candidates.slice(1),
    pagination: { total: 2, limit: 1, offset: 1 },
  });
  expect((await listed('product=mangoes&page=2')).pagination).toEqual({ total: 2, limit: 20, offset: 0 });
  for (const nothing of ['status=melted', 'product=melons', 'offset=1000000', "product=' or 1=1--"]) {
    expect(await listed(nothing), nothing).toMatchObject({ status: 200, candidates: [] });
  }
  for (const wrong of [
    'limit=0',
    'limit=101',
    'page=0&page_size=1',
    'offset=1000000000000',
    'order=name;drop',
  ]) {
    expect((await listed(wrong)).status, wrong).toBe(422);
  }
});

test('an application that is not there is 404, and what is no id is 422', async () => {
  const unknown = '00000000-0000-4000-8000-000000000000';
  for (const [method, rest] of [
    ['GET', ''],
    ['POST', '/approve'],
    ['POST', '/reject'],
  ] as const) {
    const ask = (id: string) =>
      cloud.call(method, `/api/provider/candidates/${id}${rest}`, method === 'GET' ? undefined : {});
    expect(await ask(unknown)).toMatchObject({ status: 404, body: { detail: 'Candidate not found' } });
    for (const wrong of ['7', '..%2f..%2fetc%2fpasswd', '%252e%252e', '%00', "'%20or%201=1--"]) {
      expect([404, 422]).toContain((await ask(wrong)).status);
    }
  }
});

test('applicants are written to in their language, staff is told, and no mail holds what a stranger typed', async () => {
  const receipt = await apply({
    contact_email: 'dalia@example.com',
    company_name: 'Click http://evil.example now',
    language: 'he',
  });
  await apply({ contact_email: 'DALIA@example.com', language: 'en' });
  const before = await mailsTo('dalia@example.com');
  expect(before.map(({ subject }) => subject)).toEqual([`בקשתך התקבלה (${receipt.reference})`]);
  await reject(receipt.candidate_id, 'אין מקום');
  const [, rejected] = await mailsTo('dalia@example.com');
  expect(rejected?.text).toContain('הסיבה: אין מקום');
  const arabic = await apply({ contact_email: 'samir@example.com', language: 'ar' });
  await approve(arabic.candidate_id);
  expect((await mailsTo('samir@example.com')).map(({ subject }) => subject)).toEqual([
    `استلمنا طلبك (${arabic.reference})`,
    `تمت الموافقة على طلبك (${arabic.reference})`,
  ]);
  const notices = await mailsTo('office@weighbridge.example');
  expect(notices.some(({ text }) => text.includes(receipt.reference))).toBe(true);
  const everything = JSON.stringify([...before, rejected, ...notices]);
  expect(everything).not.toContain('evil.example');
  expect(everything).not.toContain('wga_');
});

test('webhooks are told of what came in and what was decided', async () => {
  const made = await cloud.call('POST', '/api/outbound/webhooks', {
    url: 'https://hooks.example.com/weighgate',
    eventTypes: ['application.received', 'application.approved', 'application.rejected'],
  });
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  const receipt = await apply();
  await approve(receipt.candidate_id);
  const told = await cloud.database.db
    .selectFrom('outbound_messages')
    .select('content')
    .where('channel', '=', 'webhook')
    .orderBy('message_id')
    .execute();
  const { candidate_id, reference } = receipt;
  expect(told.map(({ content }) => JSON.parse(content))).toMatchObject([
    { type: 'application.received', data: { candidate_id, reference, status: 'pending' } },
    { type: 'application.approved', data: { candidate_id, reference, status: 'approved' } },
  ]);
});

test('every decision is in the audit, with who and why', async () => {
  const first = await apply({ contact_email: 'audited@example.com' });
  await apply({ contact_email: 'audited@example.com' });
  await reject(first.candidate_id, 'said so');
  const { rows } = await cloud.database.pool.query<{ entry_text: string }>(
    'select entry_text from audit_changes order by change_id',
  );
  const told = rows
    .map(({ entry_text }) => JSON.parse(entry_text))
    .filter(({ action }) => action.startsWith('application.'))
    .slice(-4);
  expect(told.map(({ action }) => action)).toEqual([
    'application.received',
    'application.received',
    'application.rejected',
    'application.opened',
  ]);
  expect(told[2]).toMatchObject({
    actor: { kind: 'key' },
    subject: { id: first.candidate_id },
    before: { status: 'pending' },
    after: { status: 'rejected' },
    why: 'said so',
  });
  expect(told[3]).toMatchObject({ actor: { kind: 'cloud' }, after: { status: 'pending' } });
});

test('the database itself keeps what was stated and what was decided', async () => {
  const { candidate_id: id } = await apply();
  const { pool } = cloud.database;
  const set = (what: string) => pool.query(`update applications set ${what} where application_id = '${id}'`);
  await expect(set("company_name = 'Another'")).rejects.toThrow('what was stated never changes');
  await expect(pool.query(`delete from applications where application_id = '${id}'`)).rejects.toThrow(
    'keeps',
  );
  await expect(set("status = 'approved', decided_at = now(), decided_by = 'x'")).rejects.toThrow(
    'only_an_approved_one_has_a_provider',
  );
  await reject(id);
  await expect(set("rejection_reason = 'another'")).rejects.toThrow('it was decided');
});

import { isoInstant } from '@weighgate/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findUnreported } from './fleet/completeness/find-unreported.ts';
import { ingestHello } from './inbox/greet.ts';
import { ingestBatch } from './inbox/ingest.ts';
import { TestChain, visitEntries } from './inbox/test-chain.ts';
import { startTestDatabase, testParts } from './store/test-database.ts';

const noon = Date.parse('2026-06-30T12:00:00Z');
const minute = 60_000;
const day = 86_400_000;
/** How long the boot has run at noon. */
const upMs = 10 * day;
let database: Awaited<ReturnType<typeof startTestDatabase>>;
beforeAll(async () => {
  database = await startTestDatabase();
}, 60_000);
afterAll(() => database[Symbol.asyncDispose]());

const partsAt = (nowMs: number) => ({
  ...testParts,
  clock: { ...testParts.clock, now: () => nowMs },
  db: database.db,
  apply: async () => ({ kind: 'applied' as const }),
});

/** The device says HELLO at `nowMs` with the head its chain has now; its own clock is `behindMs` behind. */
async function greet(chain: TestChain, nowMs: number, behindMs = 0): Promise<void> {
  const hello = chain.hello();
  const at = { ...hello.at, wallMs: nowMs - behindMs, monoMs: upMs + nowMs - noon };
  await ingestHello({ ...hello, at }, partsAt(nowMs));
}

function weigh(chain: TestChain, atMs: number): void {
  const weighedOutAt = isoInstant(atMs);
  const { opened } = visitEntries({ truck: 'AB-1', produce: 'orange', inKg: 9, outKg: 8, weighedOutAt });
  chain.add(opened, { at: { wallMs: atMs, bootId: 'boot-1', monoMs: upMs + atMs - noon, clock: 'synced' } });
}

const deliver = (chain: TestChain, nowMs: number) => ingestBatch(chain.batch(), partsAt(nowMs));

async function upTo(device: string): Promise<number | null | 'everything'> {
  const found = await findUnreported(database.db, noon + 30 * day);
  const one = found.find((row) => row.device === device);
  return one === undefined ? 'everything' : (one.reportedUpTo?.getTime() ?? null);
}

test('a HELLO proves everything before it once the head that it named is stored, and nothing until then', async () => {
  const chain = new TestChain('reported-1');
  weigh(chain, noon - minute);
  await greet(chain, noon);
  expect(await upTo('reported-1')).toBeNull();
  await deliver(chain, noon + minute);
  expect(await upTo('reported-1')).toBe(noon);
});

test('a device is named until the instant it has reported up to, and not at it', async () => {
  await greet(new TestChain('reported-2'), noon);
  const isNamedAt = async (untilMs: number) =>
    (await findUnreported(database.db, untilMs)).some(({ device }) => device === 'reported-2');
  expect(await isNamedAt(noon)).toBe(false);
  expect(await isNamedAt(noon + 1)).toBe(true);
});

test('the last stored entry proves everything before it, also when it came long after', async () => {
  const chain = new TestChain('reported-3');
  await greet(chain, noon);
  weigh(chain, noon + 5 * minute);
  await deliver(chain, noon + day);
  expect(await upTo('reported-3')).toBe(noon + 5 * minute);
});

test('a HELLO that lay in a broker counts from when it was said, one of a clock in 1970 from when it came', async () => {
  await greet(new TestChain('reported-4'), noon, 3 * 60 * minute);
  expect(await upTo('reported-4')).toBe(noon - 3 * 60 * minute);
  await greet(new TestChain('reported-5'), noon, noon);
  expect(await upTo('reported-5')).toBe(noon);
});

test('a device that was enrolled and never spoke is waited for, until all its certificates are revoked', async () => {
  const { db } = database;
  await db
    .insertInto('sites')
    .values({ site: 'HAIFA', created_at: isoInstant(noon) })
    .execute();
  const device = 'reported-6';
  await db
    .insertInto('enrolled_devices')
    .values({ device, site: 'HAIFA', enrolled_at: isoInstant(noon) })
    .execute();
  await db
    .insertInto('enrolment_tokens')
    .values({
      token_hash: 'a'.repeat(64),
      site: 'HAIFA',
      device,
      needs_confirmation: false,
      created_at: isoInstant(noon),
      expires_at: isoInstant(noon + day),
    })
    .execute();
  const requestId = testParts.makeId();
  await db
    .insertInto('enrolment_requests')
    .values({
      request_id: requestId,
      token_hash: 'a'.repeat(64),
      device,
      site: 'HAIFA',
      csr: 'csr',
      key_fingerprint: 'b'.repeat(64),
      signing_key: 'key',
      state: 'issued',
      requested_at: isoInstant(noon),
      decided_at: isoInstant(noon),
      decided_by: 'Noa',
    })
    .execute();
  await db
    .insertInto('device_certificates')
    .values({
      fingerprint: 'c'.repeat(64),
      serial: 'abcd',
      device,
      key_fingerprint: 'b'.repeat(64),
      certificate: 'pem',
      request_id: requestId,
      renews: null,
      not_before: isoInstant(noon),
      not_after: isoInstant(noon + day),
      issued_at: isoInstant(noon),
      revoked_at: null,
      revoked_by: null,
      revoke_reason: null,
    })
    .execute();
  expect(await findUnreported(db, noon + day)).toContainEqual({ device, site: 'HAIFA', reportedUpTo: null });
  const isNamedBefore = (await findUnreported(db, noon)).some((row) => row.device === device);
  expect(isNamedBefore, 'before it was enrolled').toBe(false);
  await db
    .updateTable('device_certificates')
    .set({ revoked_at: isoInstant(noon + 1), revoked_by: 'Noa', revoke_reason: 'the gate was closed' })
    .where('device', '=', device)
    .execute();
  expect(await upTo(device)).toBe('everything');
});

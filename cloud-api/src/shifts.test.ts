import { isoInstant, type ShiftCounts, type Uuid } from '@weighgate/protocol';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestChain, visitEntries } from './inbox/test-chain.ts';
import { testParts } from './store/test-database.ts';
import { startTestCloud } from './test-cloud.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** The devices of `TestChain` make their entries at this instant. */
const ENTRIES_MS = 1_780_000_000_000;

let nowMs = ENTRIES_MS - HOUR_MS;
let cloud: Awaited<ReturnType<typeof startTestCloud>>;
beforeAll(async () => {
  cloud = await startTestCloud(() => nowMs);
}, 60_000);
afterAll(() => cloud[Symbol.asyncDispose]());

interface ShiftView {
  id: number;
  operator_id: number;
  start_time: string;
  end_time: string | null;
  duration_minutes: number | null;
  transactions_processed: number | null;
}
const post = (path: string, body: object, headers: Record<string, string> = {}) =>
  cloud.call('POST', `/api/shift${path}`, body, headers);
const get = async (path: string) => (await cloud.call('GET', `/api/shift${path}`)).body;
const detailOf = ({ body }: { body: unknown }) => (body as { detail: string }).detail;

let people = 0;
async function addOperator(more: object = {}): Promise<number> {
  people += 1;
  const added = await post('/shifts/operators', {
    name: `Person ${people}`,
    employee_id: `E${people}`,
    ...more,
  });
  expect(added.status).toBe(201);
  return (added.body as { id: number }).id;
}
const start = (operatorId: number, headers: Record<string, string> = {}) =>
  post('/shifts/start', { operator_id: operatorId, shift_type: 'morning' }, headers);
const startedId = async (operatorId: number) => ((await start(operatorId)).body as ShiftView).id;

test('an operator is added once; an employee id that is taken is said in words', async () => {
  const john = { name: 'John Smith', employee_id: 'EMP001', role: 'supervisor' };
  const added = await post('/shifts/operators', john);
  expect(added).toMatchObject({ status: 201, body: { ...john, is_active: true } });
  const again = await post('/shifts/operators', john);
  expect(again.status).toBe(400);
  expect(detailOf(again)).toContain('"EMP001"');
  expect(await get('/shifts/operators')).toMatchObject({ operators: [john], total: 1 });
  expect((await post('/shifts/operators', { name: '', employee_id: 'x' })).status).toBe(422);
});

test('an operator has one active shift; it ends once, with its minutes and notes', async () => {
  const operator = await addOperator();
  const { status, body } = await start(operator);
  expect(status).toBe(201);
  const { id } = body as ShiftView;
  expect(body).toMatchObject({ operator_id: operator, shift_type: 'morning', end_time: null, notes: null });
  expect(await start(operator)).toMatchObject({ status: 400 });
  expect(await start(999_999)).toMatchObject({
    status: 404,
    body: { detail: 'Operator not found or inactive' },
  });
  nowMs += 90 * MINUTE_MS + 59_000;
  const ended = await post(`/shifts/${id}/end`, { notes: 'all calm' });
  expect(ended).toMatchObject({ status: 200, body: { duration_minutes: 90, notes: 'all calm' } });
  expect(await post(`/shifts/${id}/end`, {})).toMatchObject({
    status: 404,
    body: { detail: 'Active shift not found' },
  });
  expect(await cloud.call('GET', '/api/shift/shifts/999999')).toMatchObject({
    status: 404,
    body: { detail: 'Shift not found' },
  });
});

test('of ten requests at once that begin a shift of one operator, one does', async () => {
  const operator = await addOperator();
  const answers = await Promise.all(Array.from({ length: 10 }, () => start(operator)));
  expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(9).fill(400)]);
});

test('the same request sent twice with one key begins one shift', async () => {
  const operator = await addOperator();
  const key = { 'idempotency-key': `start-${operator}` };
  const [first, second] = [await start(operator, key), await start(operator, key)];
  expect(first.status).toBe(201);
  expect(second).toMatchObject({ status: 201, body: first.body as object });
});

test('a list counts before it is cut, and operator 0 is nobody', async () => {
  const operator = await addOperator();
  for (let n = 0; n < 3; n += 1) {
    const id = await startedId(operator);
    nowMs += MINUTE_MS;
    await post(`/shifts/${id}/end`, {});
  }
  const page = (await get(`/shifts?operator_id=${operator}&limit=2&offset=0`)) as {
    shifts: ShiftView[];
    total: number;
  };
  expect(page).toMatchObject({ total: 3 });
  expect(page.shifts.map(({ start_time }) => start_time)).toEqual(
    page.shifts
      .map(({ start_time }) => start_time)
      .toSorted()
      .toReversed(),
  );
  expect(await get('/shifts?operator_id=0')).toEqual({ shifts: [], total: 0 });
});

test('a forgotten shift is too long to be ended as if it were not: somebody says when it ended, and why', async () => {
  const operator = await addOperator();
  const id = await startedId(operator);
  const begunMs = nowMs;
  nowMs += 17 * HOUR_MS;
  expect(await get(`/shifts/${id}`)).toMatchObject({ too_long: true, duration_minutes: null });
  expect(await post(`/shifts/${id}/end`, {})).toMatchObject({ status: 409 });
  const endTime = isoInstant(begunMs + 8 * HOUR_MS);
  expect((await post(`/shifts/${id}/force-close`, { end_time: endTime })).status).toBe(422);
  const forced = await post(`/shifts/${id}/force-close`, { end_time: endTime, reason: 'went home' });
  expect(forced).toMatchObject({
    status: 200,
    body: { end_time: endTime, duration_minutes: 480, forced_why: 'went home' },
  });
  const audit = await cloud.call('GET', `/api/audit/entries?subjectKind=shift&subjectId=${id}`);
  expect(audit.body).toMatchObject({
    items: [{ action: 'shift.force_closed', why: 'went home' }, { action: 'shift.started' }],
  });
});

test('how long a shift may be is data, changed by who has read it', async () => {
  const rules = await cloud.call('GET', '/api/shift/rules');
  const etag = rules.headers.get('etag') ?? '';
  const wish = { max_length_minutes: 60, statistics_ttl_s: 60 };
  expect((await cloud.call('PUT', '/api/shift/rules', wish)).status).toBe(428);
  expect((await cloud.call('PUT', '/api/shift/rules', wish, { 'if-match': etag })).status).toBe(200);
  const id = await startedId(await addOperator());
  nowMs += 61 * MINUTE_MS;
  expect((await post(`/shifts/${id}/end`, {})).status).toBe(409);
  const now = { 'if-match': '*' };
  await cloud.call('PUT', '/api/shift/rules', { ...wish, max_length_minutes: 960 }, now);
  expect((await post(`/shifts/${id}/end`, {})).status).toBe(200);
});

test('a correction is a new record: the shift as it was written stays, and it may overlap no other', async () => {
  const operator = await addOperator();
  const first = await startedId(operator);
  const begunMs = nowMs;
  nowMs += HOUR_MS;
  await post(`/shifts/${first}/end`, { notes: 'as written' });
  const second = await startedId(operator);
  nowMs += HOUR_MS;
  const reason = 'the clock on the wall was wrong';
  const correct = (id: number, wish: object) => post(`/shifts/${id}/corrections`, { reason, ...wish });
  expect(await correct(second, {})).toMatchObject({ status: 409 });
  expect(detailOf(await correct(first, { end_time: isoInstant(nowMs) }))).toContain(`shift ${second}`);
  const earlier = isoInstant(begunMs + 50 * MINUTE_MS);
  expect(await correct(first, { end_time: earlier })).toMatchObject({
    status: 201,
    body: { end_time: earlier, duration_minutes: 50, notes: 'as written', corrected_why: reason },
  });
  const written = await cloud.database.db
    .selectFrom('shifts')
    .select('closed_at')
    .where('number', '=', first)
    .executeTakeFirstOrThrow();
  expect(written.closed_at?.getTime()).toBe(begunMs + HOUR_MS);

  const corrections = async () =>
    (await cloud.database.db.selectFrom('shift_corrections').select('shift_id').execute()).length;
  const before = await corrections();
  const key = { 'idempotency-key': 'correction-1' };
  const again = () => post(`/shifts/${first}/corrections`, { reason, notes: 'twice' }, key);
  expect(await again()).toMatchObject({ status: 201, body: { notes: 'twice' } });
  expect(await again()).toMatchObject({ status: 201, body: { notes: 'twice' } });
  expect(await corrections()).toBe(before + 1);
});

const noCounts: ShiftCounts = {
  weighings: 0,
  loads: 0,
  netPending: 0,
  produce: [],
  manual: 0,
  voids: 0,
  reprints: 0,
  overrides: 0,
  refusedOverrides: 0,
};
let kiosks = 0;

/** A kiosk with an operator in a shift of theirs. */
function newKiosk() {
  kiosks += 1;
  const chain = new TestChain(`kiosk-${kiosks}`);
  const [operatorId, shiftId] = [testParts.makeId(), testParts.makeId()];
  const operator = `Dana ${kiosks}`;
  const shift = { shiftId, operatorId, operator };
  const stamp = { operator, shiftId };
  chain.add({ kind: 'operator.added', body: { operatorId, name: operator, role: 'weigher' } });
  chain.add({ kind: 'shift.opened', body: shift });
  const close = () => {
    const openedAt = isoInstant(ENTRIES_MS);
    chain.add({
      kind: 'shift.closed',
      body: { ...shift, openedAt, closedBy: operator, counts: noCounts, offlineMs: 60_000 },
    });
  };
  const number = async () =>
    (
      await cloud.database.db
        .selectFrom('shifts')
        .select('number')
        .where('shift_id', '=', shiftId)
        .executeTakeFirstOrThrow()
    ).number;
  return { chain, operatorId, operator, shiftId, stamp, close, number };
}

let trucks = 0;
function addVisit(
  chain: TestChain,
  stamp: { operator: string; shiftId: Uuid },
  visit: { produce?: string | null; netKg?: number; pending?: boolean } = {},
) {
  trucks += 1;
  const { produce = 'orange', netKg = 7_000, pending = false } = visit;
  const truck = `SH-${trucks}`;
  const outKg = 8_000;
  const made = visitEntries({
    truck,
    produce,
    inKg: outKg + netKg,
    outKg,
    weighedOutAt: isoInstant(ENTRIES_MS),
    containersIn: pending ? [`unknown-${trucks}`] : [],
  });
  chain.add({ ...made.opened, body: { ...made.opened.body, ...stamp } });
  chain.add({ ...made.closed, body: { ...made.closed.body, ...stamp } });
  return made;
}
const addVoid = (chain: TestChain, sessionId: Uuid, stamp: object) =>
  chain.add({
    kind: 'session.voided',
    body: { sessionId, was: 'closed', reason: 'wrong', by: 'Dana', secondBy: 'Avi', clone: null, ...stamp },
  });

test('a shift of the kiosk is in the same history: the operator cannot begin another in the cloud, nor is it ended there', async () => {
  const kiosk = newKiosk();
  await cloud.ingest(kiosk.chain);
  const id = await kiosk.number();
  const shift = (await get(`/shifts/${id}`)) as ShiftView;
  expect(shift).toMatchObject({ opened_at: 'kiosk', device: kiosk.chain.device, end_time: null });
  const second = await start(shift.operator_id);
  expect(second.status).toBe(400);
  expect(detailOf(second)).toContain(kiosk.chain.device);
  expect(detailOf(await post(`/shifts/${id}/end`, {}))).toContain(`kiosk of ${kiosk.chain.device}`);
  const known = (await get('/shifts/operators')) as { operators: { kiosk_operator_id: string | null }[] };
  expect(known.operators.map((one) => one.kiosk_operator_id)).toContain(kiosk.operatorId);
});

test('a late entry of a closed shift is counted at once, whatever was counted and kept before', async () => {
  const kiosk = newKiosk();
  addVisit(kiosk.chain, kiosk.stamp);
  const { sessionId } = addVisit(kiosk.chain, kiosk.stamp);
  kiosk.close();
  await cloud.ingest(kiosk.chain);
  const id = await kiosk.number();
  const before = await get(`/shifts/${id}/statistics`);
  expect(before).toMatchObject({ sessions: 2, net_kg: 14_000, offline_ms: 60_000 });
  expect(await get(`/shifts/${id}/statistics`)).toEqual(before);
  addVoid(kiosk.chain, sessionId, { operator: 'Noa', shiftId: null });
  await cloud.ingest(kiosk.chain);
  expect(await get(`/shifts/${id}/statistics`)).toMatchObject({ sessions: 1, net_kg: 7_000, voids: 0 });
});

test('what was counted is kept: the same figures are given until an event or the time that the rules say', async () => {
  const kiosk = newKiosk();
  kiosk.close();
  await cloud.ingest(kiosk.chain);
  const id = await kiosk.number();
  const first = (await get(`/shifts/${id}/statistics`)) as { counted_at: string };
  nowMs += 1_000;
  expect(await get(`/shifts/${id}/statistics`)).toMatchObject({ counted_at: first.counted_at });
  await cloud.call(
    'PUT',
    '/api/shift/rules',
    { max_length_minutes: 960, statistics_ttl_s: 0 },
    { 'if-match': '*' },
  );
  const other = newKiosk();
  await cloud.ingest(other.chain);
  const second = (await get(`/shifts/${id}/statistics`)) as { counted_at: string };
  expect(second.counted_at).not.toBe(first.counted_at);
  nowMs += 1_000;
  expect(await get(`/shifts/${id}/statistics`)).not.toMatchObject({ counted_at: second.counted_at });
});

test('a device that has not reported up to the end of its shift is named, and the figures are not said to be complete', async () => {
  const kiosk = newKiosk();
  addVisit(kiosk.chain, kiosk.stamp);
  kiosk.close();
  await cloud.ingest(kiosk.chain);
  const id = await kiosk.number();
  const { db } = cloud.database;
  const hello = (headSeq: number, atMs: number) =>
    db
      .insertInto('devices')
      .values({
        device: kiosk.chain.device,
        incarnation: kiosk.chain.incarnation,
        head_seq: headSeq,
        head_hash: kiosk.chain.headHash(),
        app_version: '1',
        clock_offset_ms: 0,
        last_hello_at: isoInstant(atMs),
      })
      .onConflict((conflict) =>
        conflict.column('device').doUpdateSet({ head_seq: headSeq, last_hello_at: isoInstant(atMs) }),
      )
      .execute();
  await hello(kiosk.chain.rows.length + 5, ENTRIES_MS + HOUR_MS);
  await db.updateTable('shift_rules').set({ statistics_ttl_s: 0 }).execute();
  expect(await get(`/shifts/${id}/statistics`)).toMatchObject({
    complete: false,
    unreported: [{ device: kiosk.chain.device }],
    sessions: 1,
  });
  await hello(kiosk.chain.rows.length, ENTRIES_MS + HOUR_MS);
  const other = newKiosk();
  await cloud.ingest(other.chain);
  expect(await get(`/shifts/${id}/statistics`)).toMatchObject({ complete: true, unreported: [] });
});

test('what nobody can know is not said to be zero', async () => {
  const id = await startedId(await addOperator());
  expect(await get(`/shifts/${id}`)).toMatchObject({ transactions_processed: null });
  expect(await get(`/shifts/${id}/statistics`)).toMatchObject({
    complete: false,
    sessions: null,
    produce: null,
    why_unknown: expect.stringContaining('no weighing names them'),
  });
});

test('a shift of the cloud counts what names its operator at a kiosk in its time', async () => {
  const kiosk = newKiosk();
  const other = { operator: 'Somebody', shiftId: kiosk.shiftId };
  nowMs = Math.max(nowMs, ENTRIES_MS + 20 * HOUR_MS);
  kiosk.close();
  await cloud.ingest(kiosk.chain);
  const shift = (await get(`/shifts/${await kiosk.number()}`)) as ShiftView;
  const inCloud = await startedId(shift.operator_id);
  const begunMs = nowMs;
  const at = (wallMs: number) => ({ at: { wallMs, bootId: 'boot-1', monoMs: 2_000, clock: 'synced' } });
  const visit = (stamp: object, wallMs: number) => {
    trucks += 1;
    const weighedOutAt = isoInstant(wallMs);
    const made = visitEntries({
      truck: `SH-${trucks}`,
      produce: 'lemon',
      inKg: 9_000,
      outKg: 8_000,
      weighedOutAt,
    });
    kiosk.chain.add({ ...made.opened, body: { ...made.opened.body, ...stamp } }, at(wallMs));
    kiosk.chain.add({ ...made.closed, body: { ...made.closed.body, ...stamp } }, at(wallMs));
  };
  const mine = { operator: kiosk.operator, shiftId: null };
  visit(mine, begunMs - 1);
  visit(mine, begunMs);
  visit(other, begunMs + MINUTE_MS);
  visit(mine, begunMs + MINUTE_MS);
  visit(mine, begunMs + HOUR_MS);
  nowMs = begunMs + HOUR_MS;
  await cloud.ingest(kiosk.chain);
  await post(`/shifts/${inCloud}/end`, {});
  expect(await get(`/shifts/${inCloud}/statistics`)).toMatchObject({
    sessions: 2,
    produce: [{ produce: 'lemon', net_kg: 2_000 }],
  });
});

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('visit' as const),
      mine: fc.boolean(),
      produce: fc.constantFrom('orange', 'lemon', null),
      netKg: fc.integer({ min: 0, max: 20_000 }),
      pending: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('void' as const), mine: fc.boolean(), which: fc.nat(20) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('reprint' as const), mine: fc.boolean(), which: fc.nat(20) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('refused' as const), mine: fc.boolean() }) },
);

test('the figures of a shift are those of a recount, whatever was done in it and after it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.nat(25), async (steps, closeAfter) => {
      const kiosk = newKiosk();
      const others = { operator: 'Somebody', shiftId: testParts.makeId() };
      const visits: {
        sessionId: Uuid;
        mine: boolean;
        produce: string | null;
        netKg: number | null;
        voided: boolean;
        weightId: Uuid;
        ticketNo: string;
      }[] = [];
      const model = { weighings: 0, voids: 0, reprints: 0, refused_overrides: 0 };
      for (const [index, one] of steps.entries()) {
        if (index === closeAfter) kiosk.close();
        const isMine = one.mine && index < closeAfter;
        const stamp = isMine ? kiosk.stamp : others;
        if (one.kind === 'visit') {
          const made = addVisit(kiosk.chain, stamp, one);
          const { sessionId, closed } = made;
          const { weight, ticketNo } = closed.body;
          const netKg = one.pending ? null : one.netKg;
          visits.push({
            sessionId,
            mine: isMine,
            produce: one.produce,
            netKg,
            voided: false,
            weightId: weight.weightId,
            ticketNo,
          });
          if (isMine) model.weighings += 2;
        } else if (one.kind === 'refused') {
          kiosk.chain.add({ kind: 'permission.refused', body: { permission: 'session.void', ...stamp } });
          if (isMine) model.refused_overrides += 1;
        } else {
          const visit = visits[one.which];
          if (visit === undefined || visit.voided) continue;
          if (one.kind === 'void') {
            addVoid(kiosk.chain, visit.sessionId, stamp);
            visit.voided = true;
            if (isMine) model.voids += 1;
          } else {
            const { sessionId, weightId, ticketNo } = visit;
            kiosk.chain.add({
              kind: 'ticket.reprinted',
              body: { sessionId, weightId, ticketNo, copy: 1, language: 'en', ...stamp },
            });
            if (isMine) model.reprints += 1;
          }
        }
      }
      if (steps.length <= closeAfter) kiosk.close();
      expect(await cloud.ingest(kiosk.chain)).toMatchObject({ type: 'ack', upTo: kiosk.chain.rows.length });
      const loads = visits.filter(({ mine, voided }) => mine && !voided);
      const byProduce = Map.groupBy(
        loads.filter(({ netKg }) => netKg !== null && netKg !== 0),
        ({ produce }) => produce,
      );
      const produce = [...byProduce].map(([name, all]) => ({
        produce: name,
        net_kg: all.reduce((sum, { netKg }) => sum + (netKg ?? 0), 0),
      }));
      const said = (await get(`/shifts/${await kiosk.number()}/statistics`)) as {
        produce: { produce: string | null }[];
      };
      expect(said).toMatchObject({
        ...model,
        sessions: loads.length,
        net_pending: loads.filter(({ netKg }) => netKg === null).length,
        net_kg: produce.reduce((sum, one) => sum + one.net_kg, 0),
        parked: 0,
        manual: 0,
      });
      expect(new Set(said.produce.map((one) => JSON.stringify(one)))).toEqual(
        new Set(produce.map((one) => JSON.stringify(one))),
      );
    }),
    { numRuns: 25 },
  );
}, 120_000);

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Answer, openTestKiosk } from './test-kiosk.ts';

/** The keys of a weighing's answer that Gan Shmuel callers read. */
const weighingKeys = [
  'id',
  'session_id',
  'direction',
  'truck',
  'bruto',
  'gross_weight',
  'truck_tara',
  'neto',
  'net_weight',
];
const idsOf = ({ list }: Answer) => list.map(({ id }) => id);

describe('POST /weight', () => {
  test('answers 200 with every key, those of the weighing in with no tara and no net yet', async () => {
    using kiosk = openTestKiosk();
    const { status, body } = await kiosk.drive(15_000, {
      direction: 'in',
      truck: 'T1',
      containers: 'C1, C2,',
      produce: 'orange',
      force: false,
    });
    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual(expect.arrayContaining(weighingKeys));
    expect(body).toMatchObject({
      direction: 'in',
      truck: 'T1',
      bruto: 15_000,
      gross_weight: 15_000,
      truck_tara: null,
      truckTara: null,
      neto: 'na',
      net_weight: 'na',
      containers: ['C1', 'C2'],
      source: 'scale',
      operator: null,
      ticketNo: expect.stringMatching(/^DEMO-/),
      weighedAt: expect.stringMatching(/^2026-01-15T08:00:\d\d\.\d{3}Z$/),
    });
    expect(body.session_id).toBe(body.id);
  });

  test.each([
    [{ direction: 'IN', truck: 'T1' }, 'direction'],
    [{ truck: 'T1' }, 'direction'],
    [{ direction: 'in', truck: 'T1', weight: 0, reason: 'r', operator: 'o' }, 'weight'],
    [{ direction: 'in', truck: 'T1', weight: -5, reason: 'r', operator: 'o' }, 'weight'],
    [{ direction: 'in', truck: 'T1', weight: '15000', reason: 'r', operator: 'o' }, 'weight'],
    [{ direction: 'in', truck: 'T1', weight: 1.2345, reason: 'r', operator: 'o' }, 'weight'],
    [{ direction: 'in', truck: 'T1', weight: 0.001, unit: 'lbs', reason: 'r', operator: 'o' }, 'weight'],
    [{ direction: 'in', truck: 'T1', weight: 15_000, operator: 'o' }, 'reason'],
    [{ direction: 'in', truck: 'T1', weight: 5, unit: 'KG', reason: 'r', operator: 'o' }, 'unit'],
    [{ direction: 'in', truck: 'T1', unit: 'kg' }, 'unit'],
    [{ direction: 'in', truck: 'T'.repeat(21) }, 'truck'],
    [{ direction: 'in', truck: 'T1', containers: 'C'.repeat(16) }, 'containers.0'],
    [{ direction: 'in', truck: 'T1', containers: 'C1\n;' }, 'containers.0'],
    [{ direction: 'in', truck: 'T1', force: 'yes' }, 'force'],
    [{ direction: 'in', truck: 'T1', plate: 'T1' }, 'plate'],
  ])('answers %j with 422 naming %s', async (body, path) => {
    using kiosk = openTestKiosk();
    const answer = await kiosk.weigh(body);
    expect(answer).toMatchObject({ status: 422, body: { detail: expect.any(String), errors: [{ path }] } });
    expect(kiosk.store.journal.head().seq).toBe(0);
  });

  test('takes a weight given by hand in pounds exactly, and shows it as manual for ever', async () => {
    using kiosk = openTestKiosk();
    const { status, body } = await kiosk.weighManually(33_000, { direction: 'in', truck: 'T1', unit: 'lbs' });
    const mark = { source: 'manual', operator: 'Dana', secondBy: 'Noa', reason: 'indicator in repair' };
    expect({ status, body }).toMatchObject({ status: 200, body: { bruto: 14_968.548, ...mark } });
    expect((await kiosk.get(`/session/${body.id}`)).body.first).toMatchObject(mark);
    expect((await kiosk.get('/weight')).list).toMatchObject([mark]);
  });

  test('takes no weight by hand where the site allows none: 403', async () => {
    using kiosk = openTestKiosk({ manualWeights: { allowed: false } });
    const answer = await kiosk.weighManually(15_000, { direction: 'in', truck: 'T1' });
    expect(answer).toMatchObject({ status: 403, body: { type: '/problems/manual-weights-off' } });
    expect((await kiosk.get('/weight')).list).toEqual([]);
  });

  test('answers a weight given by hand above the maximum with 400', async () => {
    using kiosk = openTestKiosk();
    expect(await kiosk.weighManually(60_001, { direction: 'in', truck: 'T1' })).toMatchObject({
      status: 400,
      body: { type: '/problems/above-maximum', maxKg: 60_000 },
    });
  });

  test('answers out without in with 400, however it is forced', async () => {
    using kiosk = openTestKiosk();
    for (const force of [false, true]) {
      const answer = await kiosk.drive(8000, { direction: 'out', truck: 'T1', containers: 'C1', force });
      expect(answer).toMatchObject({ status: 400, body: { type: '/problems/no-open-session' } });
    }
  });

  test('answers in after in with 400; with force the new session takes the place of the old one', async () => {
    using kiosk = openTestKiosk();
    const first = await kiosk.drive(15_000, { direction: 'in', truck: 'T1', containers: 'C1' });
    const other = { direction: 'in', truck: 'T1', containers: 'C2' };
    expect(await kiosk.drive(15_100, other)).toMatchObject({
      status: 400,
      body: { type: '/problems/session-open' },
    });
    const second = await kiosk.drive(
      15_200,
      { ...other, force: true },
      await kiosk.signIn('Dana', 'weigher'),
    );
    expect(second.status).toBe(200);
    expect(second.body.id).not.toBe(first.body.id);
    expect((await kiosk.get('/sessions/open')).body.sessions).toMatchObject([{ id: second.body.id }]);
    expect((await kiosk.get(`/session/${first.body.id}`)).body.state).toBe('superseded');
    expect(idsOf(await kiosk.get('/weight'))).toEqual([second.body.id]);
  });

  test('answers none while the truck is inside with 400, and finds a none session otherwise', async () => {
    using kiosk = openTestKiosk();
    await kiosk.drive(15_000, { direction: 'in', truck: 'T1' });
    expect(await kiosk.drive(15_000, { direction: 'none', truck: 'T1' })).toMatchObject({
      status: 400,
      body: { type: '/problems/session-open' },
    });
    const single = await kiosk.drive(900, { direction: 'none', containers: 'C1' });
    expect(single).toMatchObject({ status: 200, body: { direction: 'none', truck: 'na', neto: 'na' } });
    expect(await kiosk.get(`/session/${single.body.id}`)).toMatchObject({
      status: 200,
      body: { id: single.body.id, truck: 'na', bruto: 900, neto: 'na', truck_tara: null },
    });
  });

  test('an unknown container at out is no error: the net is na, and comes when the tare does', async () => {
    using kiosk = openTestKiosk();
    await kiosk.drive(15_000, { direction: 'in', truck: 'T1', containers: 'C1' });
    const out = await kiosk.drive(8000, { direction: 'out', truck: 'T1' });
    expect(out).toMatchObject({ status: 200, body: { neto: 'na', waitingFor: ['C1'] } });
    await kiosk.call('PUT', '/containers/C1', { tareKg: 1150 });
    expect((await kiosk.get(`/session/${out.body.id}`)).body).toMatchObject({ neto: 5850, truckTara: 8000 });
  });

  test('two trucks at once: the same plate twice opens one session, and out closes it once', async () => {
    using kiosk = openTestKiosk();
    const weigh = (direction: string) => kiosk.weigh({ direction, truck: 'T1' });
    const statuses = (answers: Answer[]) => answers.map(({ status }) => status).sort();
    await kiosk.scale.show(15_000);
    expect(statuses(await Promise.all([weigh('in'), weigh('in')]))).toEqual([200, 400]);
    await kiosk.scale.show(0);
    await kiosk.scale.show(8000);
    expect(statuses(await Promise.all([weigh('out'), weigh('out')]))).toEqual([200, 400]);
  });
});

describe('POST /batch-weight', () => {
  const upload = (text: string, name: string) => {
    const form = new FormData();
    form.set('file', new File([text], name));
    return form;
  };

  test('takes a file of the import folder by its name, and changes nothing the second time', async () => {
    using kiosk = openTestKiosk();
    const importDir = join(kiosk.dataDir, 'in');
    mkdirSync(importDir);
    writeFileSync(join(importDir, 'containers1.csv'), '"id","kg"\n"C-35434","296"\n"C-73281","273"\n');
    using importing = openTestKiosk({ importDir });
    const send = () => importing.call('POST', '/batch-weight', { file: 'containers1.csv' });
    expect(await send()).toMatchObject({
      status: 200,
      json: {
        message: 'Successfully processed 2 containers',
        processed_count: 2,
        skipped_count: 0,
        errors: [],
        changedCount: 2,
      },
    });
    const { seq } = importing.store.journal.head();
    expect(await send()).toMatchObject({ status: 200, body: { processed_count: 2, changedCount: 0 } });
    expect(importing.store.journal.head().seq).toBe(seq);
    expect((await importing.get('/item/C-35434')).body).toMatchObject({
      item_type: 'container',
      tara: '296',
    });
  });

  test('takes a file that is sent', async () => {
    using kiosk = openTestKiosk();
    const list = JSON.stringify([{ id: 'T-14409', weight: 528, unit: 'lbs' }]);
    const answer = await kiosk.call('POST', '/batch-weight', upload(list, 'trucks.json'));
    expect(answer).toMatchObject({ status: 200, body: { processed_count: 1, changedCount: 1 } });
    expect(kiosk.store.containerTares.tareOf('T-14409')).toBe(239_497);
  });

  test('answers bad rows with 422, each by its line, and takes none of the file', async () => {
    using kiosk = openTestKiosk();
    const answer = await kiosk.call(
      'POST',
      '/batch-weight',
      upload('"id","kg"\nC-1,50\nC 2,60\nC-3,x\n', 'list.csv'),
    );
    expect(answer).toMatchObject({
      status: 422,
      body: {
        type: '/problems/bad-rows',
        errors: [
          { line: 3, path: 'id' },
          { line: 4, path: 'weight' },
        ],
      },
    });
    expect(kiosk.store.containerTares.tareOf('C-1')).toBeUndefined();
    expect(kiosk.store.journal.head().seq).toBe(0);
  });

  test.each(['', '../list.csv', 'a/list.csv', 'a\\list.csv', 'list.CSV', 'list.txt'])(
    'answers the name %j with 422',
    async (file) => {
      using kiosk = openTestKiosk({ importDir: '/' });
      expect(await kiosk.call('POST', '/batch-weight', { file })).toMatchObject({
        status: 422,
        body: { errors: [{ path: 'file' }] },
      });
    },
  );

  test('answers a file that is not there with 404, one that is no list with 400', async () => {
    using kiosk = openTestKiosk();
    expect(await kiosk.call('POST', '/batch-weight', { file: 'a.csv' })).toMatchObject({ status: 404 });
    using importing = openTestKiosk({ importDir: kiosk.dataDir });
    expect(await importing.call('POST', '/batch-weight', { file: 'a.csv' })).toMatchObject({ status: 404 });
    expect(await kiosk.call('POST', '/batch-weight', upload('id,weight\nC-1,5\n', 'a.csv'))).toMatchObject({
      status: 400,
      body: { detail: expect.stringContaining('Invalid file format: a.csv') },
    });
  });

  test('answers a file that is too large with 413', async () => {
    using kiosk = openTestKiosk();
    const rows = Array.from({ length: 5100 }, (_, index) => `C-${index},5`).join('\n');
    for (const text of [`id,kg\n${rows}`, ' '.repeat(1024 * 1024 + 1), ' '.repeat(2 * 1024 * 1024)])
      expect(await kiosk.call('POST', '/batch-weight', upload(text, 'a.csv'))).toMatchObject({ status: 413 });
    const anything = 'x'.repeat(1024 * 1024 + 20_000);
    expect(await kiosk.call('POST', '/batch-weight', anything)).toMatchObject({ status: 413 });
  });

  test('completes the nets that waited for the containers in it', async () => {
    using kiosk = openTestKiosk();
    await kiosk.drive(15_000, { direction: 'in', truck: 'T1', containers: ['C1', 'C2'] });
    const out = await kiosk.drive(8000, { direction: 'out', truck: 'T1' });
    await kiosk.call('POST', '/batch-weight', upload('id,kg\nC1,500\nC2,650\n', 'a.csv'));
    expect((await kiosk.get(`/session/${out.body.id}`)).body.neto).toBe(5850);
  });
});

describe('GET /unknown', () => {
  test('answers the containers without a tare as a sorted list', async () => {
    using kiosk = openTestKiosk();
    expect((await kiosk.get('/unknown')).json).toEqual([]);
    await kiosk.drive(15_000, { direction: 'in', truck: 'T1', containers: 'C9,C1,C5' });
    await kiosk.drive(900, { direction: 'none', containers: 'C3' });
    await kiosk.call('PUT', '/containers/C5', { tareKg: 50 });
    expect(await kiosk.get('/unknown')).toMatchObject({ status: 200, json: ['C1', 'C3', 'C9'] });
    const page = await kiosk.get('/unknown?limit=2');
    expect(page.json).toEqual(['C1', 'C3']);
    expect(page.headers.get('link')).toBe('</api/weight/unknown?limit=2&cursor=C3>; rel="next"');
  });
});

describe('GET /weight', () => {
  test('answers weighings newest first, with truck, tara, time, ticket and operator', async () => {
    using kiosk = openTestKiosk();
    const weighedIn = await kiosk.drive(15_000, { direction: 'in', truck: 'T1', produce: 'orange' });
    await kiosk.drive(8000, { direction: 'out', truck: 'T1' });
    const { status, list } = await kiosk.get('/weight');
    expect(status).toBe(200);
    expect(list).toMatchObject([
      { direction: 'out', bruto: 8000, gross_weight: 8000, neto: 7000, netKg: 7000, truck_tara: 8000 },
      { direction: 'in', bruto: 15_000, gross_weight: 15_000, neto: 7000, netKg: null, truck_tara: 8000 },
    ]);
    for (const weighing of list) {
      expect(weighing).toMatchObject({
        id: weighedIn.body.id,
        truck: 'T1',
        produce: 'orange',
        containers: [],
        weighedAt: expect.any(String),
        ticketNo: expect.any(String),
        source: 'scale',
        operator: null,
      });
    }
  });

  test('answers today on the clocks of the site when no span is given', async () => {
    using kiosk = openTestKiosk();
    await kiosk.drive(15_000, { direction: 'in', truck: 'T1' });
    expect((await kiosk.get('/weight')).list).toHaveLength(1);
    // 10:00 in Jerusalem: the day ends there in 14 hours.
    await kiosk.clock.advance(13 * 3_600_000);
    expect((await kiosk.get('/weight')).list).toHaveLength(1);
    await kiosk.clock.advance(3_600_000);
    expect((await kiosk.get('/weight')).list).toHaveLength(0);
    expect((await kiosk.get('/weight?from=20260101000000')).list).toHaveLength(1);
  });

  test('counts the bounds in, to the second, in the time zone of the site or with an offset', async () => {
    using kiosk = openTestKiosk();
    await kiosk.weighManually(15_000, { direction: 'in', truck: 'T1' });
    const count = async (query: string) => (await kiosk.get(`/weight?${query}`)).list.length;
    expect(await count('from=20260115100000&to=20260115100000')).toBe(1);
    expect(await count('from=20260115100001&to=20260115100002')).toBe(0);
    expect(await count('from=20260115095958&to=20260115095959')).toBe(0);
    expect(await count('from=2026-01-15T08:00:00Z&to=2026-01-15T10:00:00%2B02:00')).toBe(1);
  });

  test('filters by direction', async () => {
    using kiosk = openTestKiosk();
    await kiosk.drive(15_000, { direction: 'in', truck: 'T1' });
    await kiosk.drive(8000, { direction: 'out', truck: 'T1' });
    await kiosk.drive(900, { direction: 'none' });
    const directions = async (filter: string) =>
      (await kiosk.get(`/weight?filter=${filter}`)).list.map(({ direction }) => direction);
    expect(await directions('in')).toEqual(['in']);
    expect(await directions('none,%20out')).toEqual(['none', 'out']);
    expect(await directions('')).toEqual(['none', 'out', 'in']);
  });

  test.each([
    'from=',
    'from=2026',
    'to=20260231000000',
    'from=20260116000000&to=20260115000000',
    'filter=in,',
    'filter=IN',
    'filter=up',
    'since=20260101000000',
    'from=20260101000000&from=20260102000000',
    'limit=0',
    'limit=501',
    'cursor=x',
  ])('answers %s with 400', async (query) => {
    using kiosk = openTestKiosk();
    expect(await kiosk.get(`/weight?${query}`)).toMatchObject({
      status: 400,
      body: { type: '/problems/invalid-query', detail: expect.any(String) },
    });
  });

  test.each([
    ['one after the other', 1],
    ['in the same millisecond', 0],
  ])('is bounded: Link leads from page to page, and weighings %s stand on one each', async (_, apartMs) => {
    using kiosk = openTestKiosk();
    const weighed = ['T1', 'T2', 'T3', 'T4', 'T5'];
    for (const truck of weighed) {
      await kiosk.weighManually(15_000, { direction: 'in', truck });
      await kiosk.clock.advance(apartMs);
    }
    const trucks: unknown[] = [];
    let path: string | undefined = '/weight?limit=2';
    for (let pages = 0; path !== undefined && pages < 9; pages += 1) {
      const page: Answer = await kiosk.get(path);
      trucks.push(...page.list.map(({ truck }) => truck));
      path = /^<\/api\/weight(.*)>; rel="next"$/.exec(page.headers.get('link') ?? '')?.[1];
    }
    expect(apartMs === 0 ? trucks.toSorted().toReversed() : trucks).toEqual(weighed.toReversed());
  });
});

describe('GET /item/{id}', () => {
  test('answers a truck with its last known tara and its sessions', async () => {
    using kiosk = openTestKiosk();
    const { body } = await kiosk.drive(15_000, { direction: 'in', truck: 'T-1' });
    expect(await kiosk.get('/item/T-1')).toMatchObject({
      status: 200,
      json: { id: 'T-1', item_id: 'T-1', item_type: 'truck', tara: 'na', sessions: [body.id] },
    });
    await kiosk.drive(8000, { direction: 'out', truck: 'T-1' });
    expect((await kiosk.get('/item/T-1')).body).toMatchObject({ tara: '8000', sessions: [body.id] });
  });

  test('answers a container with its tara, na while it has none', async () => {
    using kiosk = openTestKiosk();
    const { body } = await kiosk.drive(15_000, { direction: 'in', truck: 'T1', containers: 'C1' });
    expect((await kiosk.get('/item/C1')).body).toMatchObject({
      item_type: 'container',
      tara: 'na',
      sessions: [body.id],
    });
    await kiosk.call('PUT', '/containers/C1', { tareKg: 50 });
    expect((await kiosk.get('/item/C1')).body).toMatchObject({ tara: '50' });
    await kiosk.call('PUT', '/containers/C2', { tareKg: 60 });
    expect((await kiosk.get('/item/C2')).body).toMatchObject({ tara: '60', sessions: [] });
  });

  test('answers this month when no span is given, and 404 only for what was never here', async () => {
    using kiosk = openTestKiosk();
    await kiosk.drive(15_000, { direction: 'in', truck: 'T1' });
    await kiosk.clock.advance(20 * 24 * 3_600_000);
    expect(await kiosk.get('/item/T1')).toMatchObject({ status: 200, body: { sessions: [] } });
    expect((await kiosk.get('/item/T1?from=20260101000000')).body.sessions).toHaveLength(1);
    expect(await kiosk.get('/item/T2')).toMatchObject({
      status: 404,
      body: { type: '/problems/item-not-found' },
    });
    expect(await kiosk.get('/item/T1?from=yesterday')).toMatchObject({ status: 400 });
    expect(await kiosk.get('/item/T1?from=20260202000000&to=20260201000000')).toMatchObject({ status: 400 });
  });

  test.each(['%25', '_1', 'C%25', '%27', '%22%20OR%201'])('takes %s literally', async (id) => {
    using kiosk = openTestKiosk();
    await kiosk.drive(15_000, { direction: 'in', truck: 'T1', containers: 'C1' });
    expect(await kiosk.get(`/item/${id}`)).toMatchObject({ status: 404 });
  });
});

describe('GET /session/{id}', () => {
  test('answers with id, session_id, truck, bruto, truck_tara and neto, truckTara once it is out', async () => {
    using kiosk = openTestKiosk();
    const { body } = await kiosk.drive(15_000, { direction: 'in', truck: 'T1' });
    const open = (await kiosk.get(`/session/${body.id}`)).body;
    expect(open).toMatchObject({
      id: body.id,
      session_id: body.id,
      truck: 'T1',
      bruto: 15_000,
      truck_tara: null,
      neto: 'na',
    });
    expect(open).not.toHaveProperty('truckTara');
    await kiosk.drive(8000, { direction: 'out', truck: 'T1' });
    expect(await kiosk.get(`/session/${body.id}`)).toMatchObject({
      status: 200,
      body: { truck_tara: 8000, truckTara: 8000, neto: 7000, net_weight: 7000 },
    });
  });

  test.each(['x', '10001', '%25', 'a%27b'])('answers %s with 404', async (id) => {
    using kiosk = openTestKiosk();
    expect(await kiosk.get(`/session/${id}`)).toMatchObject({ status: 404 });
  });
});

describe('GET /health', () => {
  test('answers healthy with 200, and 503 when the database cannot be read', async () => {
    using kiosk = openTestKiosk();
    await kiosk.scale.show(0);
    expect(await kiosk.get('/health')).toMatchObject({
      status: 200,
      body: {
        status: 'healthy',
        service: 'weight',
        database: 'healthy',
        timestamp: expect.stringMatching(/^2026-01-15T08:00:/),
      },
    });
    kiosk.store[Symbol.dispose]();
    expect(await kiosk.get('/health')).toMatchObject({
      status: 503,
      body: { status: 'degraded', database: 'unhealthy' },
    });
  });
});

test('what goes wrong is told in words, and never with what the database said', async () => {
  using kiosk = openTestKiosk();
  kiosk.store[Symbol.dispose]();
  const answer = await kiosk.get('/weight');
  expect(answer).toMatchObject({ status: 500, body: { type: '/problems/internal' } });
  expect(JSON.stringify(answer.json)).not.toMatch(/database|sqlite|SELECT/i);
});

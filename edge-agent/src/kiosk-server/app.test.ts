import { idMaker, systemClock } from '@weighgate/protocol';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { indicatorOf } from '../indicator/models.ts';
import { readIndicator } from '../indicator/read-indicator.ts';
import { virtualClock } from '../line/virtual-clock.ts';
import { StoreError } from '../store/store-error.ts';
import { openTestStore, storeFolder } from '../store/store-folder.ts';
import { offlineView } from '../sync/sync-view.ts';
import { quietScale } from '../weighing/quiet-scale.ts';
import { sessionDesk } from '../weighing/session-desk.ts';
import { ticketDrawer } from '../weighing/ticket/ticket-drawer.ts';
import { sampleSite } from '../weighing/ticket/ticket-samples.ts';
import { kioskApp } from './app.ts';
import { pinVerifier } from './pin-verifier.ts';
import { serveHttp } from './serve.ts';
import { testSoftware } from './test-software.ts';

const jsonSchema = z.record(z.string(), z.unknown());
const apiKey = 'k'.repeat(43);
const log = pino({ level: 'silent' });

/** The weight API over a real store and one quiet scale. */
function openKiosk() {
  const folder = storeFolder();
  const clock = virtualClock();
  const store = openTestStore(folder.dataDir, clock);
  const stop = new AbortController();
  const fatal: Error[] = [];
  async function* silence() {
    yield { kind: 'up', name: 'tcp 127.0.0.1:4001', write: async () => undefined } as const;
    await new Promise((resolve) => stop.signal.addEventListener('abort', resolve, { once: true }));
  }
  const scale = quietScale(clock);
  const reader = readIndicator(silence(), indicatorOf({ model: 'mt-continuous' }), () => undefined, {
    clock,
    log,
  });
  const scales = [{ ...scale, reader }];
  const makeId = idMaker(clock);
  const app = kioskApp({
    apiKey,
    pinVerifier: pinVerifier('p'.repeat(43)),
    software: testSoftware,
    scales,
    commanded: [],
    checkAlibi: async () => [],
    desk: sessionDesk(scales, store.weighings, { clock, makeId }),
    store,
    weightApi: { timeZone: 'Asia/Jerusalem', manualWeights: { allowed: false } },
    ticketSite: sampleSite,
    ticketDrawer: ticketDrawer(),
    masterDataBook: { usedFor: () => undefined },
    masterData: () => null,
    sync: () => offlineView(store.journal.head().seq),
    storageState: () => 'ok',
    clock,
    makeId,
    log,
    onFatal: (error) => fatal.push(error),
    signal: stop.signal,
  });
  const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const response = await app.request(`/api/weight${path}`, {
      method,
      headers: { authorization: `Bearer ${apiKey}`, ...headers },
      ...(body === undefined ? {} : { body: text }),
    });
    return {
      status: response.status,
      headers: response.headers,
      body: jsonSchema.parse(await response.json()),
    };
  };
  return {
    app,
    call,
    clock,
    fatal,
    scale,
    store,
    stop,
    weigh: (body: unknown, headers?: Record<string, string>) => call('POST', '/weight', body, headers),
    [Symbol.dispose]: () => {
      stop.abort();
      store[Symbol.dispose]();
      folder[Symbol.dispose]();
    },
  };
}

describe('the weight API', () => {
  test('weighs a truck in and out, in our own names and those of the Gan Shmuel systems', async () => {
    using kiosk = openKiosk();
    await kiosk.scale.show(15_000);
    const weighedIn = await kiosk.weigh({
      direction: 'in',
      truck: '77-421-03',
      produce: 'orange',
      containers: 'C-1,C-2',
    });
    expect(weighedIn).toMatchObject({
      status: 200,
      body: { direction: 'in', truck: '77-421-03', bruto: 15_000, grossKg: 15_000, netKg: null, neto: 'na' },
    });
    expect(weighedIn.body.containers).toEqual(['C-1', 'C-2']);
    for (const id of ['C-1', 'C-2']) {
      expect(await kiosk.call('PUT', `/containers/${id}`, { tareKg: 575 })).toMatchObject({ status: 200 });
    }
    expect((await kiosk.call('GET', '/sessions/open')).body.sessions).toHaveLength(1);
    await kiosk.scale.show(0);
    await kiosk.scale.show(8000);
    const out = await kiosk.weigh({ direction: 'out', truck: '7742103' });
    expect(out).toMatchObject({
      status: 200,
      body: {
        truckTara: 8000,
        neto: 5850,
        bruto: 8000,
        netKg: 5850,
        produce: 'orange',
        session_id: weighedIn.body.id,
      },
    });
    const session = await kiosk.call('GET', `/session/${out.body.id}`);
    expect(session).toMatchObject({
      status: 200,
      body: { state: 'closed', truck: '77-421-03', bruto: 15_000, truckTara: 8000, neto: 5850 },
    });
  });

  test.each(['', 'Bearer ', 'Bearer wrong', `Basic ${apiKey}`, apiKey, `Bearer ${apiKey}x`])(
    'without its key answers 401 to %j',
    async (authorization) => {
      using kiosk = openKiosk();
      for (const path of ['/sessions/open', '/live', '/session/x', '/nowhere']) {
        const { status, body, headers } = await kiosk.call('GET', path, undefined, { authorization });
        expect({ status, type: body.type }).toEqual({ status: 401, type: '/problems/unauthorized' });
        expect(headers.get('www-authenticate')).toBe('Bearer');
      }
    },
  );

  test.each([
    [{ direction: 'up' }, 'direction', 'must be in, out or none, not "up"'],
    [{ truck: 'A-1' }, 'direction', 'is missing'],
    [{ direction: 'in', truck: 12 }, 'truck', 'must be text, not 12'],
    [{ direction: 'in', truck: '!' }, 'truck', 'must be 1 to 20 letters, digits, spaces, - or _'],
    [{ direction: 'in', truck: 'A-1', bruto: 15_000 }, 'bruto', 'is not known here'],
    [{ direction: 'in', truck: 'A-1', containers: 7 }, 'containers', 'must be a list, not 7'],
    [
      { direction: 'in', truck: 'A-1', containers: 'C 1,ok' },
      'containers.0',
      'must be 1 to 15 characters of letters, digits, - and _',
    ],
    [{ direction: 'in', truck: 'A-1', scale: '' }, 'scale', 'must have at least 1 characters'],
    ['{"direction":', '', 'is not JSON'],
    ['[]', '', 'must be a group of keys, not a list'],
    ['null', '', 'must be a group of keys, not empty'],
  ])('answers %j with 422 naming the field', async (body, path, message) => {
    using kiosk = openKiosk();
    const answer = await kiosk.weigh(body);
    expect(answer).toMatchObject({
      status: 422,
      body: { type: '/problems/invalid-request', errors: [{ path, message }] },
    });
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.body.requestId).toBe(answer.headers.get('x-request-id'));
  });

  test('refuses a body that is too large with 413', async () => {
    using kiosk = openKiosk();
    expect(await kiosk.weigh('x'.repeat(65_537))).toMatchObject({
      status: 413,
      body: { type: '/problems/too-large' },
    });
  });

  test('answers out without in with 400, and an empty deck with 409', async () => {
    using kiosk = openKiosk();
    await kiosk.scale.show(8000);
    expect(await kiosk.weigh({ direction: 'out', truck: 'A-1' })).toMatchObject({
      status: 400,
      body: {
        type: '/problems/no-open-session',
        truck: 'A-1',
        detail: expect.stringContaining('not weighed in'),
      },
    });
    await kiosk.scale.show(0);
    expect(await kiosk.weigh({ direction: 'in', truck: 'A-1' })).toMatchObject({
      status: 409,
      body: { type: '/problems/below-threshold', thresholdKg: 500 },
    });
    expect(await kiosk.weigh({ direction: 'in', truck: 'na' })).toMatchObject({
      status: 400,
      body: { type: '/problems/truck-missing' },
    });
  });

  test('gives the same answer to the same key, and 422 when it is used for something else or is no key', async () => {
    using kiosk = openKiosk();
    const key = { 'idempotency-key': 'till-1-000001' };
    await kiosk.scale.show(15_000);
    const first = await kiosk.weigh({ direction: 'in', truck: 'A-1' }, key);
    const again = await kiosk.weigh({ direction: 'in', truck: 'A-1' }, key);
    expect(again.body).toEqual(first.body);
    expect(kiosk.store.journal.head().seq).toBe(1);
    expect(await kiosk.weigh({ direction: 'in', truck: 'A-2' }, key)).toMatchObject({
      status: 422,
      body: { type: '/problems/idempotency-key-reused' },
    });
    expect(
      await kiosk.weigh({ direction: 'in', truck: 'A-2' }, { 'idempotency-key': 'short' }),
    ).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'Idempotency-Key' }] },
    });
  });

  test('answers 404 to what is not there', async () => {
    using kiosk = openKiosk();
    for (const [path, type] of [
      ['/session/nothing', '/problems/session-not-found'],
      ['/nowhere', '/problems/not-found'],
      ['/live?scale=west', '/problems/unknown-scale'],
    ]) {
      expect(await kiosk.call('GET', path ?? '')).toMatchObject({ status: 404, body: { type } });
    }
  });

  test.each([1.2345, 1.0000001, 1e-7, -1, 100_001, '5', null])(
    'refuses %j as the tare of a container',
    async (tareKg) => {
      using kiosk = openKiosk();
      const answer = await kiosk.call('PUT', '/containers/C-1', { tareKg });
      expect(answer).toMatchObject({ status: 422, body: { errors: [{ path: 'tareKg' }] } });
      expect(kiosk.store.containerTares.tareOf('C-1')).toBeUndefined();
    },
  );

  test.each([
    [0, 0],
    [0.001, 1],
    [1234.567, 1_234_567],
  ])('takes %d kg as a tare of %d g, exactly', async (tareKg, tareG) => {
    using kiosk = openKiosk();
    expect(await kiosk.call('PUT', '/containers/C-1', { tareKg })).toMatchObject({
      status: 200,
      body: { changed: true },
    });
    expect(kiosk.store.containerTares.tareOf('C-1')).toBe(tareG);
    expect(await kiosk.call('PUT', '/containers/C%201', { tareKg })).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'id' }] },
    });
  });

  test('shows its health to anyone, and no secret in it', async () => {
    using kiosk = openKiosk();
    const health = async () => kiosk.call('GET', '/health', undefined, { authorization: '' });
    const silent = await health();
    expect(silent).toMatchObject({
      status: 200,
      body: {
        status: 'degraded',
        device: 'gate-1',
        scales: [{ scale: 'north', stale: true }],
        sync: { waiting: 0 },
      },
    });
    expect(JSON.stringify(silent.body)).not.toContain(apiKey);
    await kiosk.scale.show(0);
    expect((await health()).body).toMatchObject({ status: 'healthy' });
  });

  test('says that an outcome is unknown with 503 and stops the agent', async () => {
    using kiosk = openKiosk();
    const broken = kioskApp({
      pinVerifier: pinVerifier('p'.repeat(43)),
      software: testSoftware,
      apiKey,
      scales: [],
      commanded: [],
      checkAlibi: async () => [],
      desk: {
        weigh: () => {
          throw new StoreError('commit_unknown', 'Keep the truck where it is.');
        },
      },
      store: kiosk.store,
      weightApi: { timeZone: 'Asia/Jerusalem', manualWeights: { allowed: false } },
      ticketSite: sampleSite,
      ticketDrawer: ticketDrawer(),
      masterDataBook: { usedFor: () => undefined },
      masterData: () => null,
      sync: () => offlineView(0),
      storageState: () => 'ok',
      clock: kiosk.clock,
      makeId: idMaker(kiosk.clock),
      log,
      onFatal: (error) => kiosk.fatal.push(error),
      signal: kiosk.stop.signal,
    });
    const response = await broken.request('/api/weight/weight', {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}` },
      body: JSON.stringify({ direction: 'in', truck: 'A-1' }),
    });
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      type: '/problems/commit-unknown',
      detail: 'Keep the truck where it is.',
    });
    expect(kiosk.fatal).toHaveLength(1);
  });
});

describe('the live view over a real server', () => {
  test('shows the weight, and a stale one as null; it ends when the agent stops', async () => {
    using kiosk = openKiosk();
    await using server = await serveHttp(kiosk.app, { host: '127.0.0.1', port: 0 }, systemClock);
    await kiosk.scale.show(12_340);
    const response = await fetch(`${server.url}/api/weight/live`, {
      headers: { authorization: `Bearer ${apiKey}` },
    });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    let shown: unknown;
    const ended = (async () => {
      for await (const text of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
        for (const [, json] of text.matchAll(/^data: (.*)$/gm)) shown = JSON.parse(json ?? 'null');
      }
    })();
    await expect
      .poll(() => shown)
      .toMatchObject({ value: '12340', grossKg: 12_340, stale: false, deck: 'settled' });
    const nothing = { value: null, grossKg: null, stable: null, stale: true, deck: 'unknown' };
    await expect
      .poll(async () => {
        await kiosk.clock.advance(300);
        return shown;
      })
      .toMatchObject(nothing);
    kiosk.stop.abort();
    await ended;
  });

  test('is given to 32 at a time, and a place is free again when one leaves', async () => {
    using kiosk = openKiosk();
    await using server = await serveHttp(kiosk.app, { host: '127.0.0.1', port: 0 }, systemClock);
    const view = (signal?: AbortSignal) =>
      fetch(`${server.url}/api/weight/live`, {
        headers: { authorization: `Bearer ${apiKey}` },
        ...(signal ? { signal } : {}),
      });
    const leaving = new AbortController();
    const views = await Promise.all(
      Array.from({ length: 32 }, (_, index) => view(index === 0 ? leaving.signal : undefined)),
    );
    expect(views.map(({ status }) => status)).toEqual(Array(32).fill(200));
    const refused = await view();
    expect(refused.status).toBe(503);
    leaving.abort();
    await expect
      .poll(async () => {
        await kiosk.clock.advance(100);
        const { status, body } = await view();
        await body?.cancel();
        return status;
      })
      .toBe(200);
    kiosk.stop.abort();
  });
});

describe('the HTTP server', () => {
  test('says in words that its port is in use', async () => {
    using kiosk = openKiosk();
    await using server = await serveHttp(kiosk.app, { host: '127.0.0.1', port: 0 }, systemClock);
    const second = serveHttp(kiosk.app, { host: '127.0.0.1', port: server.port }, systemClock);
    await expect(second).rejects.toMatchObject({
      code: 'port_in_use',
      message: `Port ${server.port} on 127.0.0.1 is in use by another program.`,
    });
    const nowhere = serveHttp(kiosk.app, { host: '192.0.2.1', port: 0 }, systemClock);
    await expect(nowhere).rejects.toMatchObject({ code: 'port_refused' });
  });
});

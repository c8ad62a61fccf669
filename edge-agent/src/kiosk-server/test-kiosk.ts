import { idMaker, type OperatorRole } from '@weighgate/protocol';
import { pino } from 'pino';
import { z } from 'zod';
import { indicatorOf } from '../indicator/models.ts';
import { readIndicator } from '../indicator/read-indicator.ts';
import { virtualClock } from '../line/virtual-clock.ts';
import { openMasterDataBook } from '../store/master-data-book.ts';
import { openTestStore, storeFolder } from '../store/store-folder.ts';
import { offlineView } from '../sync/sync-view.ts';
import { alibiChecker } from '../weighing/check-alibi.ts';
import type { DeckRule } from '../weighing/deck.ts';
import { type DeskRules, defaultDeskRules } from '../weighing/desk-rules.ts';
import { defaultMasterDataRules } from '../weighing/master-data-book.ts';
import { quietScale } from '../weighing/quiet-scale.ts';
import { sessionDesk } from '../weighing/session-desk.ts';
import { ticketDrawer } from '../weighing/ticket/ticket-drawer.ts';
import { sampleSite } from '../weighing/ticket/ticket-samples.ts';
import { kioskApp, type WeightApiRules } from './app.ts';
import { pinVerifier } from './pin-verifier.ts';
import { testSoftware } from './test-software.ts';

const apiKey = 'k'.repeat(43);
const pepper = 'p'.repeat(43);
/** Six digits of a name, its own and nobody else's. */
const pinOf = (name: string) =>
  String([...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 900_000, 7) + 100_000);
const log = pino({ level: 'silent' });
const objectSchema = z.record(z.string(), z.unknown());
const listSchema = z.array(z.record(z.string(), z.unknown()));

/** What came back over HTTP. */
export class Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly json: unknown;

  constructor({ status, headers }: Response, json: unknown) {
    this.status = status;
    this.headers = headers;
    this.json = json;
  }

  /** The body as an object; throws when it is something else. */
  get body() {
    return objectSchema.parse(this.json);
  }

  /** The body as a list of objects; throws when it is something else. */
  get list() {
    return listSchema.parse(this.json);
  }
}

/**
 * The weight API for tests, over a real store and one quiet scale. The clock stands at 10:00 on 15 January 2026 on the
 * clocks of Jerusalem until a truck is shown.
 */
export function openTestKiosk(
  rules: Partial<WeightApiRules> = {},
  deskRules: Partial<DeskRules> = {},
  deckRule: Partial<DeckRule> = {},
) {
  const folder = storeFolder();
  const clock = virtualClock(Date.UTC(2026, 0, 15, 8));
  const store = openTestStore(folder.dataDir, clock);
  const stop = new AbortController();
  async function* silence() {
    yield { kind: 'up', name: 'tcp 127.0.0.1:4001', write: async () => undefined } as const;
    await new Promise((resolve) => stop.signal.addEventListener('abort', resolve, { once: true }));
  }
  const scale = quietScale(clock, false, 'north', deckRule);
  const reader = readIndicator(silence(), indicatorOf({ model: 'mt-continuous' }), () => undefined, {
    clock,
    log,
  });
  const scales = [{ ...scale, reader }];
  const makeId = idMaker(clock);
  const book = openMasterDataBook(store.masterData, clock, defaultMasterDataRules.taresStaleAfterDays);
  const app = kioskApp({
    apiKey,
    pinVerifier: pinVerifier(pepper),
    software: testSoftware,
    scales,
    commanded: [],
    checkAlibi: alibiChecker(() => undefined),
    desk: sessionDesk(scales, store.weighings, {
      clock,
      makeId,
      trucks: store.trucks,
      masterData: book,
      rules: { ...defaultDeskRules, ...deskRules },
    }),
    store,
    weightApi: { timeZone: 'Asia/Jerusalem', manualWeights: { allowed: true }, ...rules },
    ticketSite: { ...sampleSite, sign: (text) => store.key.sign(text) },
    ticketDrawer: ticketDrawer(),
    masterDataBook: book,
    masterData: () => null,
    sync: () => offlineView(store.journal.head().seq),
    storageState: () => 'ok',
    clock,
    makeId,
    log,
    onFatal: () => undefined,
    signal: stop.signal,
  });

  async function call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const payload =
      body === undefined || body instanceof FormData || typeof body === 'string'
        ? body
        : JSON.stringify(body);
    const response = await app.request(`/api/weight${path}`, {
      method,
      headers: { authorization: `Bearer ${apiKey}`, ...headers },
      ...(payload === undefined ? {} : { body: payload }),
    });
    return new Answer(response, await response.json());
  }

  const pins = pinVerifier(pepper);
  /** Headers of somebody who is signed in; they are made an operator when they first come. */
  async function signIn(name: string, role: OperatorRole): Promise<{ authorization: string }> {
    if (store.operators.named(name) === undefined)
      store.operators.add({ name, role, verifier: await pins.verifierOf(pinOf(name)) });
    const { body } = await call(
      'POST',
      '/sign-in',
      { operator: name, pin: pinOf(name) },
      { authorization: '' },
    );
    return { authorization: `Bearer ${body.token}` };
  }

  return {
    call,
    signIn,
    pinOf,
    /** Two who may do together what one may not: the first is signed in, the second comes with a PIN. */
    async twoPeople() {
      const dana = await signIn('Dana', 'supervisor');
      await signIn('Noa', 'weigher');
      return { headers: dana, second: { secondBy: 'Noa', secondPin: pinOf('Noa') } };
    },
    /** For answers that are not JSON. */
    fetch: (method: string, path: string) =>
      app.request(`/api/weight${path}`, { method, headers: { authorization: `Bearer ${apiKey}` } }),
    clock,
    scale,
    store,
    dataDir: folder.dataDir,
    get: (path: string) => call('GET', path),
    weigh: (body: unknown, headers?: Record<string, string>) => call('POST', '/weight', body, headers),
    /** A truck of this weight drives on, is weighed, and drives off. */
    async drive(kg: number, body: unknown, headers?: Record<string, string>): Promise<Answer> {
      await scale.show(kg);
      const answer = await call('POST', '/weight', body, headers);
      await scale.show(0);
      return answer;
    },
    /** A weight given by two people, for what no scale would show. */
    async weighManually(kg: number, body: object): Promise<Answer> {
      const { headers, second } = await this.twoPeople();
      const given = { weight: kg, reason: 'indicator in repair', ...second };
      return call('POST', '/weight', { ...given, ...body }, headers);
    },
    [Symbol.dispose]: () => {
      stop.abort();
      store[Symbol.dispose]();
      folder[Symbol.dispose]();
    },
  };
}

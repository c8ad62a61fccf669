import { generateKeyPairSync, sign } from 'node:crypto';
import { TestChain, visitEntries } from '@weighgate/cloud-api/src/inbox/test-chain.ts';
import { pumpJournal } from '@weighgate/edge-agent/src/sync/journal-pump.ts';
import { isoInstant, journalClaimOf, systemClock } from '@weighgate/protocol';
import { pino } from 'pino';

const clock = systemClock;
const visit = { truck: 'T-1', produce: 'orange', inKg: 24_860, outKg: 8_220 };
const log = pino({ level: 'silent' });

/** A site without hardware and disk: the agent's own pump over a chain in memory, signed with a key of its own. */
export interface LightSite extends AsyncDisposable {
  device: string;
  publicKey: string;
  /** Begins to speak to the broker. */
  connect(brokerUrl: string): void;
  /** Weighs a truck, in and out by turns. @returns how long it took until the cloud's receipt, in ms */
  weigh(): Promise<number>;
  isStreaming(): boolean;
}

/** Makes one; it says nothing until it is connected. */
export function lightSite(device: string, chance: () => number): LightSite {
  const chain = new TestChain(device);
  const { incarnation } = chain;
  const { privateKey, publicKey: key } = generateKeyPairSync('ed25519');
  const publicKey = key.export({ format: 'jwk' }).x ?? '';
  const bornAt = isoInstant(clock.now());
  const waiting = new Map<number, () => void>();
  let closing: ReturnType<typeof visitEntries>['closed'] | null = null;
  let ackedSeq = 0;
  let told: (headSeq: number) => void = () => undefined;
  let cloudEpoch: string | null = null;
  let pump: ReturnType<typeof pumpJournal> | undefined;

  const head = () => ({ seq: chain.rows.length, hash: chain.headHash() });
  const life = {
    incarnation,
    bornAt,
    parent: null,
    partedAfter: null,
    head,
    hashAt: (seq: number) => (seq <= chain.rows.length ? chain.headHash(seq) : undefined),
    rowsAfter: (seq: number, maxRows: number) =>
      chain.rows.slice(seq, seq + maxRows).map((row) => ({
        ...row,
        signature: sign(null, Buffer.from(journalClaimOf(incarnation, row)), privateKey).toString(
          'base64url',
        ),
      })),
  };
  const store = {
    identity: { device, site: 'TEST', incarnation, bornAt, parent: null },
    journal: {
      head,
      onAppended: (listener: (headSeq: number) => void) => {
        told = listener;
      },
    },
    lives: {
      all: () => [life],
      part: () => {
        throw new Error(`${device} was told to part`);
      },
    },
    syncPosition: {
      of: () => ({ ackedSeq, cloudEpoch }),
      set: (_: string, seq: number, epoch: string) => {
        [ackedSeq, cloudEpoch] = [seq, epoch];
        for (const [awaited, receive] of waiting) if (awaited <= seq) receive();
      },
      keepMatch: () => undefined,
      matches: () => [],
    },
    key: { publicKey },
  };

  return {
    device,
    publicKey,
    connect: (url) => {
      const credentials = () => ({ kind: 'password', password: 'none is asked for' }) as const;
      pump = pumpJournal({ url, device, credentials }, store, {
        clock,
        random: chance,
        log,
        bootId: 'boot-1',
        appVersion: 'bench',
        clockState: () => 'synced',
        onFatal: (error) => {
          throw error;
        },
      });
    },
    weigh: () => {
      const { opened, closed } = visitEntries({ ...visit, weighedOutAt: isoInstant(clock.now()) });
      const entry = closing ?? opened;
      closing = closing === null ? closed : null;
      const { seq } = chain.add(entry);
      const startedMs = clock.monotonicMs();
      const received = new Promise<number>((resolve) => {
        waiting.set(seq, () => {
          waiting.delete(seq);
          resolve(clock.monotonicMs() - startedMs);
        });
      });
      told(seq);
      return received;
    },
    isStreaming: () => pump?.view().phase === 'streaming',
    [Symbol.asyncDispose]: async () => pump?.[Symbol.asyncDispose](),
  };
}

import { existsSync, readFileSync } from 'node:fs';
import type { Clock } from '@weighgate/protocol';
import type { Logger } from 'pino';
import type { Db } from '../store/database.ts';
import { writeWhole } from '../store/write-whole.ts';
import { makeSeal, readSeal, type Signer, sealSchema } from './seal.ts';

/** Where the data folder keeps the last seal. */
export const AUDIT_SEAL_FILE = 'audit-seal.json';
const SEAL_EVERY_MS = 60_000;

interface SealParts {
  db: Db;
  clock: Clock;
  log: Logger;
  signer: Signer;
  /** Where the last seal is kept beside the database. */
  file: string;
}

/**
 * Seals the head of the audit chain every minute in which it grew, and once more when it is disposed. The last seal is also
 * kept in a file: whoever cuts the database alone does not reach it.
 */
export function startSealing(parts: SealParts): AsyncDisposable {
  const { clock, log } = parts;
  const stop = new AbortController();
  const sealOrSay = () =>
    sealHead(parts).catch((error: unknown) => log.error({ err: error }, 'audit.not_sealed'));
  const sealing = (async () => {
    while (!stop.signal.aborted) {
      await sealOrSay();
      await clock.sleep(SEAL_EVERY_MS, stop.signal).catch((error: unknown) => {
        if (!stop.signal.aborted) throw error;
      });
    }
  })();
  return {
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await sealing;
      await sealOrSay();
    },
  };
}

/** Seals the head when it is another than the last that was sealed. */
export async function sealHead({ db, clock, log, signer, file }: SealParts): Promise<void> {
  const head = await db.selectFrom('audit_head').select(['seq', 'hash']).executeTakeFirstOrThrow();
  const before = keptSealOf(file, signer);
  if (before !== undefined && before.seq > head.seq) {
    // The seal stays: it is the proof of what is missing.
    log.error({ sealed: before.seq, found: head.seq }, 'audit.tail_missing');
    return;
  }
  if (before?.seq === head.seq && before.hash === head.hash) return;
  const seal = makeSeal(head, clock.now(), signer);
  const { statement, signature, publicKey } = seal;
  await db
    .insertInto('audit_seals')
    .values({ seq: head.seq, public_key: publicKey, statement, signature })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  writeWhole(file, `${JSON.stringify(seal)}\n`);
}

function keptSealOf(file: string, signer: Signer) {
  if (!existsSync(file)) return undefined;
  const seal = sealSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  return seal.success ? readSeal(seal.data, [signer.publicKey]) : undefined;
}

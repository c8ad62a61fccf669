import { type Clock, type Hello, isoInstant, SYNC_2 } from '@weighgate/protocol';
import { sql } from 'kysely';
import type { Trx } from '../store/database.ts';

/** Notes what a device said of itself at its last HELLO. `clock_offset_ms` is its wall clock less ours. */
export async function recordHello(trx: Trx, hello: Hello, clock: Clock): Promise<void> {
  const nowMs = clock.now();
  const isPresentLife = (hello.livingAs ?? hello.incarnation) === hello.incarnation;
  const said = {
    incarnation: hello.livingAs ?? hello.incarnation,
    app_version: hello.appVersion,
    clock_offset_ms: hello.at.wallMs - nowMs,
    last_hello_at: isoInstant(nowMs),
    speaks_sync_2: hello.capabilities.includes(SYNC_2),
    ...(isPresentLife ? { head_seq: hello.head.seq, head_hash: hello.head.hash } : {}),
  };
  await trx
    .insertInto('devices')
    .values({ device: hello.device, head_seq: hello.head.seq, head_hash: hello.head.hash, ...said })
    .onConflict((conflict) => conflict.column('device').doUpdateSet(said))
    .execute();
  const moment = {
    incarnation: hello.livingAs ?? hello.incarnation,
    mono_ms: hello.at.monoMs,
    wall_ms: hello.at.wallMs,
    last_hello_at: isoInstant(nowMs),
  };
  await trx
    .insertInto('device_boots')
    .values({ device: hello.device, boot_id: hello.at.bootId, first_hello_at: isoInstant(nowMs), ...moment })
    .onConflict((conflict) => conflict.columns(['device', 'boot_id']).doUpdateSet(moment))
    .execute();
}

/** A boot as its HELLOs told of it, newest first heard of first. */
export interface StoredBoot {
  bootId: string;
  monoMs: number;
  lastHelloMs: number;
}

const MAX_BOOTS = 1_000;

/** The last boots of a device, at most 1,000, newest first; only those named when names are given. */
export async function findBoots(
  trx: Trx,
  device: string,
  bootIds?: readonly string[],
): Promise<StoredBoot[]> {
  const rows = await trx
    .selectFrom('device_boots')
    .select(['boot_id', 'mono_ms', 'last_hello_at'])
    .where('device', '=', device)
    .$if(bootIds !== undefined, (query) => query.where(sql<boolean>`boot_id = any(${bootIds})`))
    .orderBy('first_heard', 'desc')
    .limit(MAX_BOOTS)
    .execute();
  return rows.map((row) => ({
    bootId: row.boot_id,
    monoMs: row.mono_ms,
    lastHelloMs: row.last_hello_at.getTime(),
  }));
}

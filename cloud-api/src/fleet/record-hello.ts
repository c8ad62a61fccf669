import { type Clock, type Hello, isoInstant } from '@weighgate/protocol';
import type { Trx } from '../store/database.ts';

/** Notes what a device said of itself at its last HELLO. `clock_offset_ms` is its wall clock less ours. */
export async function recordHello(trx: Trx, hello: Hello, clock: Clock): Promise<void> {
  const nowMs = clock.now();
  const said = {
    incarnation: hello.incarnation,
    head_seq: hello.head.seq,
    head_hash: hello.head.hash,
    app_version: hello.appVersion,
    clock_offset_ms: hello.at.wallMs - nowMs,
    last_hello_at: isoInstant(nowMs),
  };
  await trx
    .insertInto('devices')
    .values({ device: hello.device, ...said })
    .onConflict((conflict) => conflict.column('device').doUpdateSet(said))
    .execute();
}

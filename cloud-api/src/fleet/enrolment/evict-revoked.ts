import { type Clock, isoInstant } from '@weighgate/protocol';
import { sql } from 'kysely';
import { connectAsync } from 'mqtt';
import type { Logger } from 'pino';
import type { Db } from '../../store/database.ts';
import type { CertificateAuthority } from './certificate-authority.ts';

/** For so long after its revocation a device is thrown out again and again: by then the broker has read the new list. */
const EVICT_FOR_MS = 600_000;
const MAX_AT_ONCE = 50;
const CONNECT_TIMEOUT_MS = 5_000;
/** Life of the certificate that an eviction is made with, in days: two minutes. */
const EVICTION_DAYS = 2 / 1_440;

/**
 * Throws revoked devices out of a broker that has no other way to do it: connects in their name, for which the broker
 * ends their connection, and leaves. Their way back is closed by the list of revoked certificates; and whatever they
 * send meanwhile is not taken.
 */
export async function evictRevoked(
  url: string,
  { db, ca, clock, log }: { db: Db; ca: CertificateAuthority; clock: Clock; log: Logger },
): Promise<void> {
  const since = isoInstant(clock.now() - EVICT_FOR_MS);
  const rows = await db
    .selectFrom('device_certificates')
    .select('device')
    .groupBy('device')
    .having(sql<boolean>`bool_and(revoked_at is not null) and max(revoked_at) > ${since}::timestamptz`)
    .orderBy('device')
    .limit(MAX_AT_ONCE)
    .execute();
  for (const { device } of rows) {
    const { pem, keyPem } = await ca.makeClient(device, EVICTION_DAYS);
    try {
      const client = await connectAsync(
        url,
        {
          clientId: device,
          ca: ca.certificatePem,
          cert: pem,
          key: keyPem,
          protocolVersion: 4,
          clean: true,
          reconnectPeriod: 0,
          connectTimeout: CONNECT_TIMEOUT_MS,
        },
        false,
      );
      await client.endAsync();
      log.warn({ device }, 'revocation.evicted');
    } catch (error) {
      log.error({ device, detail: (error as Error).message }, 'revocation.not_evicted');
    }
  }
}

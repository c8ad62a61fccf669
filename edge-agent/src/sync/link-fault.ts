import { isoInstant } from '@weighgate/protocol';

/** What TLS says of a certificate whose days do not fit the clock of this computer. */
const outOfTime = new Map([
  ['CERT_NOT_YET_VALID', 'not valid yet'],
  ['CERT_HAS_EXPIRED', 'valid no more'],
]);

/**
 * Why a connection to the broker failed, for people. By far the most certificates that are out of time are well, and the
 * clock is wrong: a computer without a battery begins in 1970.
 */
export function linkFaultOf(error: Error, nowMs: number): string {
  const validity = 'code' in error ? outOfTime.get(String(error.code)) : undefined;
  if (validity === undefined) return error.message;
  // The day alone: with the time of day, every attempt would be news.
  const today = isoInstant(nowMs).slice(0, 10);
  return (
    `${error.message}: by the clock of this computer, ${today}, the broker's certificate is ${validity}. ` +
    'Set the clock; if it is right, the certificate has to be renewed. Weighing goes on'
  );
}

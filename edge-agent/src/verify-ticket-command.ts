import { parseArgs } from 'node:util';
import { isSigned, kgText, publicKeySchema, readTicketPayload } from '@weighgate/protocol';
import { UsageError } from './usage-error.ts';

/**
 * `verify-ticket`: whether a device signed what the QR code of a ticket says. Needs neither agent nor network.
 * @returns the exit code: 1 when it did not
 * @throws UsageError for arguments that are none
 */
export function verifyTicketCommand(args: string[]): number {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { key: { type: 'string' } },
  });
  const key = publicKeySchema.safeParse(values.key);
  if (positionals.length === 0) throw new UsageError('Say what the QR code says.');
  if (!key.success)
    throw new UsageError(
      '--key takes the public key of the device, 43 characters: `npm run edge -- key` prints it.',
    );
  const reading = readTicketPayload(positionals.join(' '));
  if (reading.kind === 'no_ticket') {
    process.stdout.write('NO TICKET: this is not the QR code of a ticket, or not all of it\n');
    return 1;
  }
  const { ticketNo, weighedAt, grossG, tareG, netG, hashPrefix } = reading.claim;
  const kg = (grams: number | null) => (grams === null ? 'not known' : kgText(grams));
  const verified = isSigned(reading.signedText, reading.signature, key.data);
  process.stdout.write(
    [
      verified
        ? 'VERIFIED: the device signed this'
        : 'NOT VERIFIED: the holder of this key did not sign this',
      `ticket ${ticketNo}`,
      `weighed ${weighedAt}`,
      `gross ${kg(grossG)}`,
      `tare ${kg(tareG)}`,
      `net ${kg(netG)}`,
      `verification code ${hashPrefix}`,
      '',
    ].join('\n'),
  );
  return verified ? 0 : 1;
}

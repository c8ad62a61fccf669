import { z } from 'zod';
import { instantSchema } from './clock.ts';
import { signatureSchema } from './device-signature.ts';
import { gramsSchema } from './mass.ts';
import { ticketNoSchema } from './weighing-fields.ts';

/** What the QR code of a ticket says, and the device signs. Tare and net are null while there is none. */
export const ticketClaimSchema = z.strictObject({
  ticketNo: ticketNoSchema,
  weighedAt: instantSchema,
  grossG: gramsSchema.nonnegative(),
  tareG: gramsSchema.nullable(),
  netG: gramsSchema.nullable(),
  /** First ten digits of the hash of the ticket's entry in the journal. */
  hashPrefix: z.string().regex(/^[0-9a-f]{10}$/),
});
export type TicketClaim = z.infer<typeof ticketClaimSchema>;

/** Names the format, and keeps a signature made for a ticket from standing for anything else. */
const PREFIX = 'WG1';

function claimTextOf({ ticketNo, weighedAt, grossG, tareG, netG, hashPrefix }: TicketClaim): string {
  return [PREFIX, ticketNo, weighedAt, grossG, tareG ?? '', netG ?? '', hashPrefix].join(';');
}

/**
 * The text of a ticket's QR code, about 190 characters:
 * `WG1;number;instant;gross;tare;net;hash prefix;signature`, masses in grams, what is not known left empty. The
 * signature is Ed25519 over everything before its semicolon.
 * @param sign gives the signature of a text in base64url
 */
export function ticketPayloadOf(claim: TicketClaim, sign: (text: string) => string): string {
  const text = claimTextOf(claim);
  return `${text};${sign(text)}`;
}

/** A payload as read; `signedText` is what `signature` was made over. */
export type TicketPayloadReading =
  | { kind: 'ticket'; claim: TicketClaim; signedText: string; signature: string }
  | { kind: 'no_ticket' };

const wholeNumber = /^-?\d{1,11}$/;
const payloadPattern = /WG1(?:;[^;]*){6};[A-Za-z0-9_-]{86}/;

/**
 * Reads the text of a QR code, also when a scanner put words around it or it was broken into lines. It says what the
 * ticket claims; whether that is true, the signature says.
 */
export function readTicketPayload(payload: string): TicketPayloadReading {
  const parts = payloadPattern.exec(payload.replaceAll(/\s/g, ''))?.[0].split(';') ?? [];
  const [prefix, ticketNo, weighedAt, gross = '', tare = '', net = '', hashPrefix, signature] = parts;
  const wellFormed =
    wholeNumber.test(gross) && [tare, net].every((text) => text === '' || wholeNumber.test(text));
  if (parts.length !== 8 || prefix !== PREFIX || !wellFormed) return { kind: 'no_ticket' };
  const claim = ticketClaimSchema.safeParse({
    ticketNo,
    weighedAt,
    grossG: Number(gross),
    tareG: tare === '' ? null : Number(tare),
    netG: net === '' ? null : Number(net),
    hashPrefix,
  });
  const signed = signatureSchema.safeParse(signature);
  if (!claim.success || !signed.success) return { kind: 'no_ticket' };
  return {
    kind: 'ticket',
    claim: claim.data,
    signedText: parts.slice(0, -1).join(';'),
    signature: signed.data,
  };
}

import { z } from 'zod';
import { instantSchema } from './clock.ts';
import { signatureSchema } from './device-signature.ts';
import { deviceIdSchema, uuidSchema } from './id.ts';

/** Longest time a command may be good for, and a lease of live weight may run, in ms. */
export const MAX_COMMAND_LIFE_MS = 3_600_000;
export const MAX_LIVE_LEASE_MS = 60_000;

/** What the cloud may ask of a device, each time under a new nonce and until a moment. */
export const commandSchema = z.strictObject({
  v: z.literal(1),
  device: deviceIdSchema,
  /** A command is taken once. */
  nonce: uuidSchema,
  /** By the cloud's clock. After this it is refused. */
  expiresAt: instantSchema,
  order: z.discriminatedUnion('kind', [
    /** Send live weight for so long; asked again, for so long from then on. */
    z.strictObject({ kind: z.literal('live'), leaseMs: z.int().min(1_000).max(MAX_LIVE_LEASE_MS) }),
  ]),
});
export type Command = z.infer<typeof commandSchema>;

/** On the `down` topic: a command as JSON text, and the cloud's signature of it. */
export const commandMessageSchema = z.strictObject({
  v: z.literal(1),
  type: z.literal('command'),
  device: deviceIdSchema,
  text: z.string().min(2).max(16_384),
  signature: signatureSchema,
});
export type CommandMessage = z.infer<typeof commandMessageSchema>;

/** What is signed: the command, under words that keep the signature from standing for anything else. */
export function commandClaimOf(text: string): string {
  return `weighgate/v1 command\n${text}\n`;
}

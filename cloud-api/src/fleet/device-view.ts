import { z } from '@hono/zod-openapi';
import { deviceStatusSchema, isoInstant, SILENT_AFTER_MS } from '@weighgate/protocol';
import { type DeviceFacts, deviceConcerns, deviceSentence } from './device-words.ts';
import type { FoundDevice } from './find-devices.ts';

const age = (of: string) =>
  z
    .int()
    .nullable()
    .openapi({ description: `seconds since ${of}; null when it is not known` });

/** How a device is known here. What is not known is null, never zero. */
export const deviceSchema = z
  .object({
    device: z.string(),
    incarnation: z.string(),
    upTo: z.int().openapi({ description: 'entries 1 to upTo of this incarnation are committed here' }),
    headHash: z.string().nullable().openapi({ description: 'hash of entry upTo; null before the first' }),
    provenAt: z.string().nullable().openapi({ description: 'when entry upTo was committed here' }),
    provenAgeSeconds: age('then'),
    waiting: z.int().nullable().openapi({
      description:
        'entries the device holds and has not been acknowledged, as it last said; null: it did not',
    }),
    presence: z.enum(['online', 'silent', 'offline', 'unknown']).openapi({
      description: 'what it said last. silent: it said online, and then nothing for 90 s',
    }),
    presenceSince: z.string().nullable(),
    heardAgeSeconds: age('it last said anything on its state topic'),
    lastHelloAt: z.string(),
    clockOffsetMs: z.int().openapi({ description: "the device's clock less ours, at its last HELLO" }),
    appVersion: z.string(),
    status: deviceStatusSchema.nullable().openapi({ description: 'in its own words, as it last said' }),
    statusAgeSeconds: age('it said so'),
    hasSigningKey: z
      .boolean()
      .openapi({ description: 'false: what it sends is stored, but nobody can verify its signatures' }),
    quarantine: z.object({ since: z.string(), reason: z.string() }).nullable().openapi({
      description: 'while it is set no command is sent to the device; its weighings are taken in',
    }),
    summary: z.string().openapi({ description: 'how it stands, in one sentence' }),
    concerns: z.array(z.string()).openapi({ description: 'what somebody should look at, in words' }),
  })
  .openapi('Device');

/** A device as it is shown at `nowMs`. */
export function deviceView(row: FoundDevice, nowMs: number): z.infer<typeof deviceSchema> {
  const ageOf = (at: Date | null) =>
    at === null ? null : Math.max(0, Math.round((nowMs - at.getTime()) / 1000));
  // Of another version of the agent it may be something this one cannot read: then it is not known.
  const status = deviceStatusSchema.safeParse(row.status);
  const facts: DeviceFacts = {
    presence: presenceOf(row, nowMs),
    heardAgeSeconds: ageOf(row.heard_at),
    upTo: row.contiguous_seq ?? 0,
    provenAgeSeconds: ageOf(row.proven_at),
    waiting: status.success ? waitingOf(status.data.sync) : null,
    clockOffsetMs: row.clock_offset_ms,
    status: status.success ? status.data : null,
    statusAgeSeconds: ageOf(row.status_at),
    quarantineReason: row.quarantine_reason,
  };
  const { quarantineReason, ...shown } = facts;
  return {
    device: row.device,
    incarnation: row.incarnation,
    ...shown,
    headHash: row.head_hash,
    provenAt: instantOf(row.proven_at),
    presenceSince: instantOf(row.since),
    lastHelloAt: isoInstant(row.last_hello_at.getTime()),
    appVersion: row.app_version,
    hasSigningKey: row.has_signing_key === true,
    quarantine:
      row.quarantined_at === null || quarantineReason === null
        ? null
        : { since: isoInstant(row.quarantined_at.getTime()), reason: quarantineReason },
    summary: deviceSentence(facts),
    concerns: deviceConcerns(facts),
  };
}

const instantOf = (at: Date | null) => (at === null ? null : isoInstant(at.getTime()));

function presenceOf({ online, heard_at }: FoundDevice, nowMs: number): DeviceFacts['presence'] {
  if (online === null || heard_at === null) return 'unknown';
  if (!online) return 'offline';
  return nowMs - heard_at.getTime() > SILENT_AFTER_MS ? 'silent' : 'online';
}

const waitingOf = (sync: { headSeq: number; ackedSeq: number; formerWaiting: number }) =>
  Math.max(0, sync.headSeq - sync.ackedSeq) + sync.formerWaiting;

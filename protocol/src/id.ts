import { v7 } from 'uuid';
import { z } from 'zod';
import type { Clock } from './clock.ts';

/** UUIDv7 in lower case (RFC 9562 5.7): unique everywhere, ordered by the wall clock of its maker. */
export const uuidSchema = z
  .string()
  .regex(
    /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    'must be a UUIDv7 in lower case',
  )
  .brand<'Uuid'>();
export type Uuid = z.infer<typeof uuidSchema>;

/** Makes one new id a call. */
export type MakeId = () => Uuid;

const ID_BYTES = 16;
/** Chance is fetched for so many ids at a time: each fetch is a call to the machine. */
const FETCHED_IDS = 64;

/**
 * The id maker of a program: wall time from its clock, chance from the machine. Ids of one millisecond are in the order
 * they were made, so that whatever is sorted by id only grows at its end.
 */
export function idMaker(clock: Clock): MakeId {
  const chance = new Uint8Array(ID_BYTES * FETCHED_IDS);
  let used = chance.length;
  let last = { msecs: -1, seq: 0 };
  return () => {
    if (used === chance.length) {
      crypto.getRandomValues(chance);
      used = 0;
    }
    const random = chance.subarray(used, used + ID_BYTES);
    used += ID_BYTES;
    const msecs = clock.now();
    // 31 bits of chance to begin with: a millisecond is over long before they are used up.
    const seq =
      msecs === last.msecs ? last.seq + 1 : new DataView(random.buffer, random.byteOffset).getUint32(0) >>> 1;
    last = { msecs, seq };
    return v7({ msecs, seq, random }) as Uuid;
  };
}

/** A device's name: one topic level, one file name, one word in a log. */
export const deviceIdSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be 1 to 63 characters of a-z, 0-9 and -, not starting with -');

/** A site's code as it stands on tickets. */
export const siteCodeSchema = z.string().regex(/^[A-Z0-9]{2,8}$/, 'must be 2 to 8 characters of A-Z and 0-9');

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

/** The id maker of a program: wall time from its clock, chance from the machine. */
export function idMaker(clock: Clock): MakeId {
  return () => v7({ msecs: clock.now() }) as Uuid;
}

/** A device's name: one topic level, one file name, one word in a log. */
export const deviceIdSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be 1 to 63 characters of a-z, 0-9 and -, not starting with -');

/** A site's code as it stands on tickets. */
export const siteCodeSchema = z.string().regex(/^[A-Z0-9]{2,8}$/, 'must be 2 to 8 characters of A-Z and 0-9');

import { z } from 'zod';
import { instantSchema } from './clock.ts';
import { uuidSchema } from './id.ts';
import { plainTextSchema } from './plain-text.ts';

/** What somebody has to know who reads a weighing made with this master data. */
export const masterDataFlagSchema = z.enum([
  /** The truck is in no list of the cloud's; it was proposed. */
  'truck_unknown',
  /** The truck is listed, and not for this day. */
  'truck_not_valid',
  /** The provider was taken off the list, or is not valid this day. */
  'provider_revoked',
  /** The tares came from the cloud, which has not been heard of for longer than the site allows. */
  'tares_stale',
]);
export type MasterDataFlag = z.infer<typeof masterDataFlagSchema>;

/**
 * The master data a weighing was made with, copied, so that what changes later changes nothing here. Left out where the
 * device has never had any.
 */
export const masterDataUsedSchema = z.strictObject({
  revision: z.int().positive(),
  /** When the cloud last said that this is the latest. */
  confirmedAt: instantSchema,
  /** Whose the truck is by that revision; null when nobody's. */
  provider: z.strictObject({ providerId: z.int().positive(), name: plainTextSchema(255) }).nullable(),
  /** The temporary id under which an unknown truck was proposed. It is no truck's id and never stands on a bill. */
  proposalId: uuidSchema.optional(),
  flags: z.array(masterDataFlagSchema).max(8),
});
export type MasterDataUsed = z.infer<typeof masterDataUsedSchema>;

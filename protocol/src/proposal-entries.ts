import { z } from 'zod';
import { siteCodeSchema, uuidSchema } from './id.ts';
import { stampFields } from './operator-entries.ts';
import { truckIdSchema } from './truck.ts';

/**
 * A truck came to the gate that no list knows. The temporary id stands for it until the cloud has said which truck it
 * is; one proposal a plate, however often it comes.
 */
export const truckProposedBody = z.strictObject({
  proposalId: uuidSchema,
  site: siteCodeSchema,
  /** The plate as it was typed. */
  truck: truckIdSchema,
  /** Revision of the list it was not in. */
  masterDataRevision: z.int().positive(),
  ...stampFields,
});

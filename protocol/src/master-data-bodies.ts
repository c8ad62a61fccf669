import { z } from 'zod';
import { instantSchema } from './clock.ts';
import { uuidSchema } from './id.ts';
import { gramsSchema } from './mass.ts';
import { containerIdSchema } from './net-rule.ts';
import { operatorNameSchema, operatorRoleSchema } from './operator-entries.ts';
import { plainTextSchema } from './plain-text.ts';
import { truckIdSchema } from './truck.ts';
import { produceIdSchema } from './weighing-fields.ts';

/** Valid in [validFrom, validTo), in UTC; null is open. A device that was offline applies tomorrow's tomorrow. */
const validity = { validFrom: instantSchema.nullable(), validTo: instantSchema.nullable() };
export type Validity = z.infer<z.ZodObject<typeof validity>>;

/** What an argon2id verifier looks like; never a PIN. */
export const pinVerifierSchema = z.string().regex(/^\$argon2id\$[\x21-\x7e]{20,200}$/);

/**
 * What the rows of each entity say. The schemas are not strict: a field that a newer cloud adds is passed over here and
 * kept in the row. A body that lacks something needed is kept as well and not used.
 */
export const masterDataBodies = {
  provider: z.object({
    providerId: z.int().positive(),
    name: plainTextSchema(255),
    status: z.enum(['active', 'revoked']),
    ...validity,
  }),
  /** The row's id is the truck's key. */
  truck: z.object({
    truck: truckIdSchema,
    providerId: z.int().positive().nullable(),
    /** The registered plate, where this one is only another way to it. */
    aliasOf: truckIdSchema.nullable(),
    ...validity,
    /** Owners who are known to follow, each from its instant on; see {@link truckOwnerAt}. */
    laterOwners: z
      .array(z.object({ providerId: z.int().positive(), validFrom: instantSchema }))
      .max(20)
      .optional(),
  }),
  container: z.object({
    container: containerIdSchema,
    /** At most one holds at any time; the first that does, counts. */
    tares: z.array(z.object({ tareG: gramsSchema.nonnegative(), ...validity })).max(20),
  }),
  produce: z.object({ produce: produceIdSchema }),
  rate: z.object({
    produce: produceIdSchema,
    /** Null: for every provider without a rate of its own. */
    providerId: z.int().positive().nullable(),
    /** Decimal text, minor units of the currency per kilogram. */
    ratePerKgMinor: z.string().regex(/^\d{1,14}(\.\d{1,4})?$/),
    currency: z.string().regex(/^[A-Z]{3}$/),
    ...validity,
  }),
  operator: z.object({
    operatorId: uuidSchema,
    name: operatorNameSchema,
    role: operatorRoleSchema,
    verifier: pinVerifierSchema,
    ...validity,
  }),
  /** What became of a truck that was proposed. The row's id is the temporary id. */
  truck_mapping: z.object({
    proposalId: uuidSchema,
    /** The registered plate; null when the proposal was turned down. */
    truck: truckIdSchema.nullable(),
  }),
} as const;
export type MasterDataEntity = keyof typeof masterDataBodies;
export type MasterDataBody<E extends MasterDataEntity> = z.infer<(typeof masterDataBodies)[E]>;

/** A row's body as its entity says; undefined when it cannot be used. Never throws. */
export function readMasterDataBody<E extends MasterDataEntity>(
  entity: E,
  bodyText: string,
): MasterDataBody<E> | undefined {
  let json: unknown;
  try {
    json = JSON.parse(bodyText);
  } catch {
    return undefined;
  }
  const parsed = masterDataBodies[entity].safeParse(json);
  return parsed.success ? (parsed.data as MasterDataBody<E>) : undefined;
}

/** Who owns a truck at an instant; null: nobody that is known. @param nowMs wall clock, not before the row was made */
export function truckOwnerAt(
  { providerId, laterOwners }: MasterDataBody<'truck'>,
  nowMs: number,
): number | null {
  const begun = laterOwners?.findLast(({ validFrom }) => Date.parse(validFrom) <= nowMs);
  return begun?.providerId ?? providerId;
}

/** Whether something is valid at an instant. @param nowMs wall clock */
export function isValidAt({ validFrom, validTo }: Validity, nowMs: number): boolean {
  return (
    (validFrom === null || Date.parse(validFrom) <= nowMs) &&
    (validTo === null || nowMs < Date.parse(validTo))
  );
}

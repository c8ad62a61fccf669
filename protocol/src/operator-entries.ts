import { z } from 'zod';
import { instantSchema } from './clock.ts';
import { uuidSchema } from './id.ts';
import { gramsSchema } from './mass.ts';
import { plainTextSchema } from './plain-text.ts';
import { produceIdSchema } from './weighing-fields.ts';

/** An operator's name: unique at a site, and never given to another person. */
export const operatorNameSchema = plainTextSchema(60);

/** What an operator may do follows from the role alone. */
export const operatorRoleSchema = z.enum(['weigher', 'supervisor']);
export type OperatorRole = z.infer<typeof operatorRoleSchema>;

/**
 * Who did what an entry records, and in which shift. `operator` is null for a program that used the key of the agent:
 * nobody was signed in. Entries of agents that knew no operators have neither.
 */
export const stampFields = {
  operator: operatorNameSchema.nullable().optional(),
  shiftId: uuidSchema.nullable().optional(),
};

/** The kinds whose entries carry a stamp. */
export const stampedKinds: ReadonlySet<string> = new Set([
  'session.opened',
  'session.closed',
  'session.one_pass',
  'session.voided',
  'weight.single',
  'container_tare.set',
  'truck_tare.set',
  'truck.legal_gross_set',
  'truck.proposed',
  'indicator.commanded',
  'ticket.reprinted',
  'alibi.checked',
]);

/** The stamp of everything done within one request. */
export interface Stamp {
  operator: string | null;
  shiftId: z.infer<typeof uuidSchema> | null;
}

const operatorFields = { operatorId: uuidSchema, name: operatorNameSchema };

/** Neither PIN nor verifier ever stands in an entry. */
export const operatorAddedBody = z.strictObject({ ...operatorFields, role: operatorRoleSchema });

/** Somebody at the machine itself gave an operator a new PIN, which also unblocks. */
export const operatorPinSetBody = z.strictObject(operatorFields);

/** Too many wrong PINs in a row. */
export const operatorBlockedBody = z.strictObject({
  ...operatorFields,
  failures: z.int().positive().max(1000),
});

export const operatorUnblockedBody = z.strictObject({ ...operatorFields, by: operatorNameSchema });

/** What a signed-in operator asked for and may not do. */
export const permissionRefusedBody = z.strictObject({
  permission: plainTextSchema(40),
  operator: operatorNameSchema,
  shiftId: uuidSchema.nullable(),
});

const count = z.int().nonnegative();

/** What one shift did, counted from the entries that carry its id. */
export const shiftCountsSchema = z.strictObject({
  /** Registered weights: in, out and single. */
  weighings: count,
  /** Trucks weighed out, without those voided while the shift was open. */
  loads: count,
  /** Of these, how many had no net yet. */
  netPending: count,
  /** Net of the loads whose net was known, by produce; null stands for loads without one. By name. */
  produce: z
    .array(z.strictObject({ produce: produceIdSchema.nullable(), netG: gramsSchema.nonnegative() }))
    .max(1000),
  /** Weights that were typed in. */
  manual: count,
  voids: count,
  reprints: count,
  /** Open sessions that were superseded by force. */
  overrides: count,
  /** What was asked for and not permitted. */
  refusedOverrides: count,
});
export type ShiftCounts = z.infer<typeof shiftCountsSchema>;

const shiftFields = { shiftId: uuidSchema, operatorId: uuidSchema, operator: operatorNameSchema };

export const shiftOpenedBody = z.strictObject(shiftFields);

export const shiftClosedBody = z.strictObject({
  ...shiftFields,
  openedAt: instantSchema,
  /** The operator, or a supervisor in their place. */
  closedBy: operatorNameSchema,
  counts: shiftCountsSchema,
  /** How long the agent had no connection to the cloud while the shift was open. */
  offlineMs: count,
});

import { z } from 'zod';
import { plainTextSchema } from './plain-text.ts';

/** `scale.north.maxKg` or `site.timeZone`: where the setting stands and what it is called there. */
const parameterId = z.string().regex(/^(?:site|scale\.[a-z0-9-]{1,32})\.[A-Za-z0-9]{1,40}$/);

/** A setting's value as JSON text; null when it is not set. */
const parameterValue = z.string().min(1).max(4000).nullable();

/**
 * The counters of an agent's adjustments. Neither ever goes back: one that has changed is a broken seal.
 * `cal` counts what bears on the weight itself, `cfg` all the rest.
 */
export const adjustmentCountersSchema = z.strictObject({
  cfg: z.int().nonnegative(),
  cal: z.int().nonnegative(),
});
export type AdjustmentCounters = z.infer<typeof adjustmentCountersSchema>;

/** The sealable parameters as they were when they were first put on record. */
export const parametersRecordedBody = z.strictObject({
  parameters: z.array(z.strictObject({ parameter: parameterId, value: parameterValue })).max(500),
});

/** One sealable parameter has another value than was on record. */
export const parameterChangedBody = z.strictObject({
  parameter: parameterId,
  old: parameterValue,
  new: parameterValue,
  /** Who changed it: an operator's name, `configuration` for the file, `machine` for what nobody said. */
  by: plainTextSchema(60),
  /** Which counter it counted for, and where both stood after it. */
  counter: z.enum(['cfg', 'cal']),
  counters: adjustmentCountersSchema,
});

import { plainTextSchema } from '@weighgate/protocol';
import { z } from 'zod';

const moduleId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'must be 1 to 32 characters of a-z, 0-9 and -');

/** How often a module is read, and how old its answer may be. */
const reading = {
  everyMs: z.int().min(20).max(1_000).default(100),
  /** Older than this an answer says nothing about now. */
  staleAfterMs: z.int().min(200).max(10_000).default(1_000),
};

/** A device with digital inputs. @param line how lines are configured */
export function inputModuleConfig<L extends z.ZodType>(line: L) {
  return z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('modbus'),
      id: moduleId,
      line,
      /** `tcp` has a header, `rtu` a checksum, also through a serial server. */
      transport: z.enum(['tcp', 'rtu']).default('tcp'),
      /** Unit address. */
      address: z.int().min(1).max(247).default(1),
      /** 2 reads discrete inputs; 1 reads coils, where a maker keeps its inputs among them. */
      functionCode: z.literal([1, 2]).default(2),
      /** As it stands in the frame: input 10001 is 0. */
      firstInput: z.int().min(0).max(65_535).default(0),
      inputs: z.int().min(1).max(64).default(8),
      timeoutMs: z.int().min(50).max(5_000).default(300),
      ...reading,
    }),
    /** Inputs that the kernel shows as files with 0 or 1 in them, such as /sys/class/gpio/gpio17/value. */
    z.strictObject({
      kind: z.literal('gpio'),
      id: moduleId,
      paths: z.array(z.string().min(1).max(128)).min(1).max(16),
      ...reading,
    }),
  ]);
}

/** One position sensor of a scale. */
export const positionSensorConfig = z.strictObject({
  /** What drivers call it; stands in the refusal. */
  name: plainTextSchema(40),
  module: moduleId,
  /** Counted from 0 within the module. */
  input: z.int().min(0).max(63),
  /**
   * `normally_closed`: the input is on while nothing is in the way, so that a cable that is cut looks like a truck in
   * the way. `normally_open`: it is on while something is.
   */
  contact: z.enum(['normally_closed', 'normally_open']).default('normally_closed'),
  /** For so long nothing may have been in the way before it counts as clear; wheels let light through between them. */
  debounceMs: z.int().min(0).max(10_000).default(500),
  /** When it says nothing. `refuse`: nothing is weighed. `note`: the record says that nobody knew. */
  whenUnknown: z.enum(['refuse', 'note']).default('refuse'),
});
export type PositionSensorConfig = z.infer<typeof positionSensorConfig>;

/** The position sensors of one scale. */
export const positionSensorsConfig = z.array(positionSensorConfig).min(1).max(8);

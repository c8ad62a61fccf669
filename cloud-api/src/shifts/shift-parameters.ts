import { z } from '@hono/zod-openapi';

/** A whole number as Gan Shmuel counts shifts and operators. */
export const numberParameter = z
  .string()
  .regex(/^\d{1,15}$/, 'must be a whole number')
  .transform(Number)
  .openapi({ type: 'integer', minimum: 0 });

export const flagParameter = (usual: boolean) =>
  z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .default(usual)
    .openapi({ type: 'boolean', default: usual });

/** Rows a list gives at most, and how many it leaves out first. */
export const windowParameters = (usual: number, most: number) => ({
  limit: numberParameter
    .refine((rows) => rows >= 1 && rows <= most, `must be from 1 to ${most}`)
    .default(usual)
    .openapi({ type: 'integer', minimum: 1, maximum: most, default: usual }),
  offset: numberParameter
    .refine((rows) => rows <= 1_000_000, 'must be at most 1000000')
    .default(0)
    .openapi({ type: 'integer', minimum: 0, default: 0 }),
});

/** Words of a person, kept with the shift. */
export const notesSchema = z
  .string()
  .max(500)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'must be readable text')
  .nullable()
  .optional();

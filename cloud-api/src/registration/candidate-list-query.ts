import { z } from '@hono/zod-openapi';
import { plainTextSchema } from '@weighgate/protocol';

const DEFAULT_ROWS = 20;
const MAX_ROWS = 100;
const MAX_OFFSET = 1_000_000;

const whole = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,7}$/, `must be a whole number from ${least} to ${most}`)
    .transform(Number)
    .refine((rows) => rows >= least && rows <= most, `must be a whole number from ${least} to ${most}`)
    .openapi({ type: 'integer', minimum: least, maximum: most });

/** Query of the list, as of the Gan Shmuel API: a page by `page` and `page_size` together, else `limit` and `offset`. */
export const candidateListQuery = z.strictObject({
  status: z
    .string()
    .max(40)
    .optional()
    .openapi({ description: 'one that does not exist gives an empty list' }),
  product: plainTextSchema(50)
    .optional()
    .openapi({ description: 'one that nobody offers gives an empty list' }),
  page: whole(1, MAX_OFFSET).optional(),
  page_size: whole(1, MAX_ROWS).optional(),
  limit: whole(1, MAX_ROWS).default(DEFAULT_ROWS),
  offset: whole(0, MAX_OFFSET).default(0),
});

/** The window that a query asks for. */
export function windowOf(query: z.output<typeof candidateListQuery>): { limit: number; offset: number } {
  const { page, page_size: pageSize, limit, offset } = query;
  if (page === undefined || pageSize === undefined) return { limit, offset };
  return { limit: pageSize, offset: (page - 1) * pageSize };
}

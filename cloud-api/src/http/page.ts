import { z } from '@hono/zod-openapi';

const MAX_PAGE_ROWS = 500;
const DEFAULT_PAGE_ROWS = 100;

const decoded = (cursor: string): unknown => {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
};

/**
 * Query parameters of a list. The cursor is opaque to the caller; inside it is the key of the last row they have.
 * @param keySchema shape of that key
 */
export function pageQueryOf<K>(keySchema: z.ZodType<K>) {
  return z.strictObject({
    limit: z
      .string()
      .regex(/^\d{1,3}$/, 'must be a whole number from 1 to 500')
      .transform(Number)
      .refine((rows) => rows >= 1 && rows <= MAX_PAGE_ROWS, 'must be a whole number from 1 to 500')
      .default(DEFAULT_PAGE_ROWS)
      .openapi({ type: 'integer', minimum: 1, maximum: MAX_PAGE_ROWS, default: DEFAULT_PAGE_ROWS }),
    cursor: z
      .string()
      .max(400)
      .transform((cursor, ctx) => {
        const key = keySchema.safeParse(decoded(cursor));
        if (key.success) return key.data;
        ctx.addIssue({ code: 'custom', message: 'is not a cursor this list gave; start again without one' });
        return z.NEVER;
      })
      .optional()
      .openapi({ type: 'string', description: 'nextCursor of the page before' }),
  });
}

/** Shape of one page of a list. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({
    items: z.array(item),
    nextCursor: z.string().nullable().openapi({ description: 'null on the last page' }),
  });
}

/**
 * Cuts rows read with `limit + 1` into a page and the cursor of the next.
 * @param keyOf the key the list is ordered by
 */
export function pageFrom<R>(rows: readonly R[], limit: number, keyOf: (row: R) => unknown) {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const nextCursor =
    rows.length > limit && last !== undefined
      ? Buffer.from(JSON.stringify(keyOf(last)), 'utf8').toString('base64url')
      : null;
  return { items, nextCursor };
}

import { z } from 'zod';
import { instantSchema } from './clock.ts';
import { deviceIdSchema, siteCodeSchema, uuidSchema } from './id.ts';
import { plainTextSchema } from './plain-text.ts';

/** Bounds of a page, kept by both sides: half of the largest message, because text grows when it is quoted. */
export const MAX_PAGE_BYTES = 128 * 1024;
export const MAX_PAGE_ROWS = 500;
/** Longest text of one row. */
export const MAX_ROW_BODY = 8 * 1024;

const digest = z.string().regex(/^[0-9a-f]{64}$/);
const revision = z.int().positive();
const revisionOrZero = z.int().nonnegative();

/**
 * One row of master data in one revision. `body` is the text that is stored, hashed and sent, and is parsed only where
 * it is used: an edge keeps entities and fields it does not know, and so has the same digest. Null is a tombstone.
 */
export const masterDataRowSchema = z.strictObject({
  entity: z.string().regex(/^[a-z][a-z_]{0,39}$/),
  id: plainTextSchema(64),
  revision,
  body: z
    .string()
    .min(2)
    .max(MAX_ROW_BODY)
    .refine((text) => text.isWellFormed() && !text.includes('\0'), 'must be text that can be stored')
    .nullable(),
});
export type MasterDataRow = z.infer<typeof masterDataRowSchema>;

/**
 * What a device holds and wants to have brought up to date. With `snapshot` it is in the middle of loading one: the
 * rows up to `after` of the state at that revision are here already.
 */
export const masterDataAskSchema = z.strictObject({
  v: z.literal(1),
  type: z.literal('md_ask'),
  device: deviceIdSchema,
  site: siteCodeSchema,
  /** The life of the cloud's database that the held rows came from; null while there are none. */
  cloudEpoch: uuidSchema.nullable(),
  /** Revision of what is held; 0 for nothing. */
  since: revisionOrZero,
  /** Of what is held. */
  digest,
  snapshot: z
    .strictObject({ cloudEpoch: uuidSchema, revision: revisionOrZero, after: revisionOrZero })
    .nullable(),
});
export type MasterDataAsk = z.infer<typeof masterDataAskSchema>;

/**
 * Rows with a revision in (`from`, `to`], in that order. A delta has every change; applied to the state at `from` it
 * makes the state at `to`. A snapshot has the rows that are live at its revision, and begins at 0. After the last page
 * the device is at `to`, and its rows have this digest.
 */
export const masterDataPageSchema = z
  .strictObject({
    v: z.literal(1),
    type: z.literal('md_page'),
    device: deviceIdSchema,
    cloudEpoch: uuidSchema,
    /** Revision of the snapshot; null for a delta. */
    snapshot: revisionOrZero.nullable(),
    from: revisionOrZero,
    to: revisionOrZero,
    rows: z.array(masterDataRowSchema).max(MAX_PAGE_ROWS),
    last: z.boolean(),
    /** Of all live rows when the last page is applied. */
    digest,
    /** The cloud's time. */
    asOf: instantSchema,
  })
  .refine(
    ({ from, to, rows }) =>
      from <= to &&
      rows.every((row, i) => row.revision > (rows[i - 1]?.revision ?? from) && row.revision <= to),
    { path: ['rows'], message: 'must be of revisions after `from` up to `to`, each once and in order' },
  );
export type MasterDataPage = z.infer<typeof masterDataPageSchema>;

import {
  type Clock,
  emptyMasterDataDigest,
  isoInstant,
  joinedDigest,
  type MasterDataAsk,
  type MasterDataPage,
  type MasterDataRow,
  type Uuid,
} from '@weighgate/protocol';
import { sql } from 'kysely';
import type { Logger } from 'pino';
import type { Db, Trx } from '../store/database.ts';
import { readCloudEpoch } from '../store/epoch.ts';
import { askQueue } from './ask-queue.ts';
import { type AnswerPlan, type PageLimits, pageOf, planAnswer, usualPageLimits } from './plan-answer.ts';
import { EVERY_SITE } from './record-changes.ts';

/** Who was away for longer gets everything anew. */
const HORIZON_MS = 180 * 86_400_000;

/** Master data for the inbox to hand on. */
export function masterDataSource(db: Db, { clock, log }: { clock: Clock; log: Logger }) {
  const answerTo = async (ask: MasterDataAsk) =>
    answerAsk(db, ask, { clock, cloudEpoch: await readCloudEpoch(db) });
  return { head: readHead, take: askQueue(answerTo, log).take };
}

/**
 * The page that brings a device further. Nothing is kept of a device: every answer follows from the question and from
 * changes that are never altered, so any of several programs may answer, in any order.
 */
export async function answerAsk(
  db: Db,
  ask: MasterDataAsk,
  { clock, cloudEpoch }: { clock: Clock; cloudEpoch: Uuid },
  limits: PageLimits = usualPageLimits,
): Promise<MasterDataPage> {
  const { device } = ask;
  const site = await siteOf(db, ask);
  const nowMs = clock.now();
  // First the head: every change up to it is committed, and can be seen by whatever is read next.
  const head = await readHead(db);
  const plan = planAnswer(ask, {
    cloudEpoch,
    head,
    horizon: await readHorizon(db, nowMs),
    digestAtSince: ask.since > head ? null : await readDigest(db, site, ask.since),
  });
  const read = plan.kind === 'delta' ? readChanges : readState;
  const rows = await read(db, site, plan, limits.rows + 1);
  const digest = await readDigest(db, site, plan.upTo);
  return pageOf(plan, rows, { device, cloudEpoch, digest, asOf: isoInstant(nowMs) }, limits);
}

/** The site a device was enrolled for. One that was not says its own: it is behind the broker's key of a single machine. */
async function siteOf(db: Db, { device, site }: MasterDataAsk): Promise<string> {
  const enrolled = await db
    .selectFrom('enrolled_devices')
    .select('site')
    .where('device', '=', device)
    .executeTakeFirst();
  return enrolled?.site ?? site;
}

async function readHead(db: Db | Trx): Promise<number> {
  const { revision } = await db.selectFrom('master_data_head').select('revision').executeTakeFirstOrThrow();
  return revision;
}

async function readHorizon(db: Db, nowMs: number): Promise<number> {
  const oldest = await db
    .selectFrom('master_data_changes')
    .select(({ fn }) => fn.max('revision').as('revision'))
    .where('changed_at', '<', new Date(nowMs - HORIZON_MS))
    .executeTakeFirst();
  return oldest?.revision ?? 0;
}

/** Digest of all live rows of a site at a revision: that of every site's rows and that of its own. */
async function readDigest(db: Db, site: string, revision: number): Promise<string> {
  const parts = await Promise.all(
    [EVERY_SITE, site].map((scope) =>
      db
        .selectFrom('master_data_changes')
        .select('scope_digest')
        .where('scope', '=', scope)
        .where('revision', '<=', revision)
        .orderBy('revision', 'desc')
        .limit(1)
        .executeTakeFirst(),
    ),
  );
  return joinedDigest(parts.map((part) => part?.scope_digest ?? emptyMasterDataDigest));
}

/** Every change in the plan's range, tombstones among them. */
async function readChanges(
  db: Db,
  site: string,
  { after, upTo }: AnswerPlan,
  most: number,
): Promise<MasterDataRow[]> {
  return db
    .selectFrom('master_data_changes')
    .select(['entity', 'row_id as id', 'revision', 'body'])
    .where('scope', 'in', [EVERY_SITE, site])
    .where('revision', '>', after)
    .where('revision', '<=', upTo)
    .orderBy('revision')
    .limit(most)
    .execute();
}

/** The rows that are live at the plan's last revision. */
async function readState(
  db: Db,
  site: string,
  { after, upTo }: AnswerPlan,
  most: number,
): Promise<MasterDataRow[]> {
  const { rows } = await sql<MasterDataRow>`
    select entity, row_id as id, revision, body
      from master_data_changes as change
     where scope in (${EVERY_SITE}, ${site})
       and revision > ${after} and revision <= ${upTo}
       and body is not null
       and not exists (
         select 1 from master_data_changes as later
          where later.scope = change.scope and later.entity = change.entity and later.row_id = change.row_id
            and later.revision > change.revision and later.revision <= ${upTo})
     order by revision
     limit ${most}`.execute(db);
  return rows;
}

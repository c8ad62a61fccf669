import { isoInstant } from '@weighgate/protocol';
import type { Selectable } from 'kysely';
import { type Actor, recordChange } from '../audit/record-change.ts';
import { type MatchFault, matchFaultOf } from '../http/if-match.ts';
import { addProvider } from '../registry/add-provider.ts';
import { lockMasterData } from '../registry/record-changes.ts';
import type { Trx } from '../store/database.ts';
import type { ApplicationsTable } from '../store/registration-tables.ts';
import { lockApplications } from './lock-applications.ts';
import { openNext } from './open-next.ts';
import type { RegistrationParts } from './registration-parts.ts';
import { tellDecided } from './tell-parties.ts';

/** Of a provider. */
const MAX_NAME = 255;

/** Which application, as it was read, and who decides. */
export interface Decision {
  id: string;
  /** If-Match of the request; undefined decides it whatever version it is. */
  ifMatch: string | undefined;
  by: Actor;
}

/** Under what the applicant is to deliver: a new provider of the company's name, of another name, or one there is. */
export type ApproveAs =
  | { kind: 'company_name' }
  | { kind: 'name'; name: string }
  | { kind: 'existing'; providerId: number };

/** Why nothing was decided. */
export type NotDecided =
  | { kind: 'unknown' }
  | { kind: 'match'; fault: MatchFault }
  | { kind: 'not_pending'; status: ApplicationsTable['status'] }
  | { kind: 'name_taken'; holder: { id: number; name: string }; freeName: string }
  | { kind: 'no_provider'; providerId: number };

export interface Approved {
  candidate_id: string;
  status: 'approved';
  provider_id: number;
}
export interface Rejected {
  candidate_id: string;
  status: 'rejected';
  rejection_reason: string | null;
}

/** Approves, and registers the provider in the same transaction: there is both or neither. */
export async function approveApplication(
  trx: Trx,
  decision: Decision,
  as: ApproveAs,
  parts: RegistrationParts,
): Promise<{ kind: 'created'; body: Approved } | NotDecided> {
  const found = await openApplication(trx, decision);
  if (found.kind !== 'open') return found;
  const provider = await providerFor(trx, found.row, as, parts);
  if (provider.kind !== 'provider') return provider;
  await decide(trx, found.row, decision.by, { status: 'approved', provider_id: provider.id }, parts);
  return {
    kind: 'created',
    body: { candidate_id: found.row.application_id, status: 'approved', provider_id: provider.id },
  };
}

/** Rejects. @param reason told to the applicant; null for none */
export async function rejectApplication(
  trx: Trx,
  decision: Decision,
  reason: string | null,
  parts: RegistrationParts,
): Promise<{ kind: 'created'; body: Rejected } | NotDecided> {
  const found = await openApplication(trx, decision);
  if (found.kind !== 'open') return found;
  await decide(trx, found.row, decision.by, { status: 'rejected', rejection_reason: reason }, parts);
  return {
    kind: 'created',
    body: { candidate_id: found.row.application_id, status: 'rejected', rejection_reason: reason },
  };
}

type Row = Selectable<ApplicationsTable>;

async function openApplication(
  trx: Trx,
  { id, ifMatch }: Decision,
): Promise<{ kind: 'open'; row: Row } | NotDecided> {
  await lockApplications(trx);
  const row = await trx
    .selectFrom('applications')
    .selectAll()
    .where('application_id', '=', id)
    .executeTakeFirst();
  if (row === undefined) return { kind: 'unknown' };
  if (row.status !== 'pending') return { kind: 'not_pending', status: row.status };
  const fault = ifMatch === undefined ? null : matchFaultOf(ifMatch, row.version);
  return fault === null ? { kind: 'open', row } : { kind: 'match', fault };
}

async function providerFor(
  trx: Trx,
  { company_name: companyName, reference }: Row,
  as: ApproveAs,
  { clock }: Pick<RegistrationParts, 'clock'>,
): Promise<{ kind: 'provider'; id: number } | NotDecided> {
  if (as.kind === 'existing') {
    const { providerId } = as;
    await lockMasterData(trx);
    const known = await trx
      .selectFrom('providers')
      .select('id')
      .where('id', '=', providerId)
      .where('status', '=', 'active')
      .executeTakeFirst();
    return known === undefined ? { kind: 'no_provider', providerId } : { kind: 'provider', id: known.id };
  }
  const name = as.kind === 'name' ? as.name : companyName;
  const added = await addProvider(trx, name, clock);
  if (added.kind === 'name_taken') {
    const freeName = `${name.slice(0, MAX_NAME - reference.length - 3)} (${reference})`;
    return { kind: 'name_taken', holder: added.holder, freeName };
  }
  return { kind: 'provider', id: added.provider.id };
}

/** Writes a decision down, tells who has to know, and brings up what waited behind it. */
export async function decide(
  trx: Trx,
  row: Row,
  by: Actor,
  outcome:
    | { status: 'approved'; provider_id: number }
    | { status: 'rejected'; rejection_reason: string | null }
    | { status: 'withdrawn' },
  parts: RegistrationParts,
): Promise<void> {
  const now = isoInstant(parts.clock.now());
  await trx
    .updateTable('applications')
    .set({ ...outcome, updated_at: now, decided_at: now, decided_by: by.name })
    .where('application_id', '=', row.application_id)
    .execute();
  const { status, ...detail } = outcome;
  const reason = outcome.status === 'rejected' ? outcome.rejection_reason : null;
  await recordChange(
    trx,
    {
      by,
      action: `application.${status}`,
      subject: { kind: 'application', id: row.application_id },
      before: { reference: row.reference, status: row.status },
      after: { reference: row.reference, status, ...detail },
      ...(reason === null ? {} : { why: reason }),
    },
    parts,
  );
  await tellDecided(trx, row, { status, reason }, parts);
  await openNext(trx, row, parts);
}

import { isoInstant } from '@weighgate/protocol';
import { recordChange, theCloud } from '../audit/record-change.ts';
import type { Trx } from '../store/database.ts';
import type { RegistrationParts } from './registration-parts.ts';

/** Most applications that one decision can bring up: one for its e-mail address and one for its tax id. */
const MOST_OPENED = 2;

/**
 * After an application was decided: of those that waited behind it, the first of its e-mail address and the first of its
 * tax id come up, unless another open one stands before them. Called with the applications locked.
 */
export async function openNext(
  trx: Trx,
  decided: { email_key: string; tax_key: string | null },
  { clock, makeId }: Pick<RegistrationParts, 'clock' | 'makeId'>,
): Promise<void> {
  for (let opened = 0; opened < MOST_OPENED; opened += 1) {
    const next = await trx
      .selectFrom('applications as waiting')
      .select(['application_id', 'reference'])
      .where('status', '=', 'waiting')
      .where(({ eb, or }) =>
        or([eb('email_key', '=', decided.email_key), eb('tax_key', '=', decided.tax_key)]),
      )
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('applications as open')
              .select('open.application_id')
              .where('open.status', '=', 'pending')
              .where(({ eb, or }) =>
                or([
                  eb('open.email_key', '=', eb.ref('waiting.email_key')),
                  eb('open.tax_key', '=', eb.ref('waiting.tax_key')),
                ]),
              ),
          ),
        ),
      )
      .orderBy('created_at')
      .orderBy('application_id')
      .limit(1)
      .executeTakeFirst();
    if (next === undefined) return;
    const { application_id: id, reference } = next;
    await trx
      .updateTable('applications')
      .set({ status: 'pending', updated_at: isoInstant(clock.now()) })
      .where('application_id', '=', id)
      .execute();
    await recordChange(
      trx,
      {
        by: theCloud,
        action: 'application.opened',
        subject: { kind: 'application', id },
        before: { reference, status: 'waiting' },
        after: { reference, status: 'pending' },
      },
      { clock, makeId },
    );
  }
}

import { z } from '@hono/zod-openapi';
import {
  isoInstant,
  remoteSettingsSchema,
  settingsChangedBody,
  settingsOutcomeSchema,
} from '@weighgate/protocol';
import type { Db } from '../../store/database.ts';
import { findDesired, findReported } from './find-settings.ts';

export const settingsViewSchema = z
  .object({
    device: z.string(),
    state: z.enum(['none', 'pending', ...settingsOutcomeSchema.options]).openapi({
      description:
        'of the version that is wished for. pending: the device has said nothing of it; trying: in force and to be confirmed; refused and rolled_back: what held before holds',
    }),
    desired: z
      .object({
        version: z.int(),
        settings: remoteSettingsSchema,
        by: z.string(),
        why: z.string(),
        at: z.string(),
      })
      .nullable(),
    reported: z
      .object({
        version: z.int(),
        outcome: settingsOutcomeSchema,
        detail: z.string().nullable().openapi({ description: 'why it was refused or rolled back' }),
        changes: settingsChangedBody.shape.changes,
        at: z.string(),
      })
      .nullable(),
  })
  .openapi('DeviceSettings');

/** What is wished for at a device, beside what came of it. */
export async function settingsView(db: Db, device: string): Promise<z.infer<typeof settingsViewSchema>> {
  const [desired, reported] = [await findDesired(db, device), await findReported(db, device)];
  const isSaid = reported !== undefined && desired !== undefined && reported.version === desired.version;
  return {
    device,
    state: desired === undefined ? 'none' : isSaid ? reported.outcome : 'pending',
    desired:
      desired === undefined
        ? null
        : {
            version: desired.version,
            settings: remoteSettingsSchema.parse(desired.settings),
            by: desired.put_by,
            why: desired.put_why,
            at: isoInstant(desired.put_at.getTime()),
          },
    reported:
      reported === undefined
        ? null
        : {
            version: reported.version,
            outcome: reported.outcome,
            detail: reported.detail,
            changes: settingsChangedBody.shape.changes.parse(reported.changes),
            at: isoInstant(reported.reported_at.getTime()),
          },
  };
}

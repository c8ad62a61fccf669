import { z } from 'zod';
import { languageSchema } from './language.ts';
import { plainTextSchema } from './plain-text.ts';

/** Counted up by the cloud with each change it wishes for; 0 is the device's own configuration and nothing else. */
export const settingsVersionSchema = z.int().nonnegative().max(1_000_000_000);

const host = z.string().regex(/^[A-Za-z0-9.:-]{1,253}$/, 'must be a host name or an address');

/** A printer in the network or a queue of the system. No path of the device's own disk is given from afar. */
const printerSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('escpos-tcp'), host, port: z.int().min(1).max(65_535) }),
  z.strictObject({
    kind: z.literal('cups'),
    queue: z.string().regex(/^[\w.-]{1,127}$/, 'must be the name of a queue'),
    paper: z.enum(['80mm', 'a5']),
  }),
]);

/**
 * All that may be set from afar. What is left out is as the device's own configuration has it. Nothing of a scale, of the
 * store, of keys or of the broker is here, and nothing that bears on a weight.
 */
export const remoteSettingsSchema = z.strictObject({
  printer: printerSchema.optional(),
  ticketLanguage: languageSchema.optional(),
  /** `block`: without a printer that prints nothing is weighed. */
  whenPaperOut: z.enum(['block', 'store']).optional(),
  taresStaleAfterDays: z.int().min(1).max(3650).optional(),
  staleTares: z.enum(['mark', 'weigh_both_ways']).optional(),
  revokedProvider: z.enum(['flag', 'deny']).optional(),
  inspectionPerMille: z.int().min(0).max(1000).optional(),
  timeSyncSource: z.enum(['auto', 'chronyc', 'timesyncd', 'timedatectl', 'none']).optional(),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']).optional(),
});
export type RemoteSettings = z.infer<typeof remoteSettingsSchema>;

export const remoteSettingSchema = remoteSettingsSchema.keyof();
export type RemoteSetting = z.infer<typeof remoteSettingSchema>;

/** Read loosely: the device judges each setting by its own list, and says which it refuses. */
export const settingsOrderSchema = z.strictObject({
  kind: z.literal('settings'),
  version: settingsVersionSchema.min(1),
  settings: z.record(z.string().max(60), z.json()),
});
export type SettingsOrder = z.infer<typeof settingsOrderSchema>;

/**
 * `trying`: in force, and to be confirmed. `applied`: confirmed. `refused`: never in force. `rolled_back`: it was tried, and
 * what held before is in force again.
 */
export const settingsOutcomeSchema = z.enum(['trying', 'applied', 'refused', 'rolled_back']);

/** Values as JSON text; null where there is none. */
const settingValue = z.string().min(1).max(5000).nullable();

/** What came of a version of the settings; the changes are those that this entry tells of. */
export const settingsChangedBody = z.strictObject({
  version: settingsVersionSchema,
  outcome: settingsOutcomeSchema,
  /** Why it was refused or rolled back, in words. */
  detail: plainTextSchema(500).nullable(),
  changes: z
    .array(z.strictObject({ setting: plainTextSchema(60), old: settingValue, new: settingValue }))
    .max(40),
});
export type SettingsReport = z.infer<typeof settingsChangedBody>;

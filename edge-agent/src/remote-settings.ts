import { type RemoteSetting, type RemoteSettings, remoteSettingSchema } from '@weighgate/protocol';
import { z } from 'zod';

/** Whether settings may come from the cloud, and which of them may not. */
export const remoteSettingsConfig = z.strictObject({
  from: z.enum(['accept', 'refuse']).default('accept'),
  /** These stay as this file has them. */
  pinned: z.array(remoteSettingSchema).max(40).default([]),
  /** For so long new ones have to prove themselves. */
  trialSeconds: z.int().min(6).max(3_600).default(120),
});
export type RemoteSettingsRule = z.infer<typeof remoteSettingsConfig>;

/** Those of the settings that the site lets in. */
export function settingsLetIn(
  settings: RemoteSettings,
  { from, pinned }: RemoteSettingsRule,
): RemoteSettings {
  if (from === 'refuse') return {};
  const kept = Object.entries(settings).filter(([name]) => !pinned.some((pin) => pin === name));
  return Object.fromEntries(kept);
}

/** Where each setting stands in the configuration. */
const places: Record<RemoteSetting, readonly string[]> = {
  printer: ['printer'],
  ticketLanguage: ['printer', 'language'],
  whenPaperOut: ['printer', 'whenPaperOut'],
  taresStaleAfterDays: ['masterData', 'taresStaleAfterDays'],
  staleTares: ['masterData', 'staleTares'],
  revokedProvider: ['masterData', 'revokedProvider'],
  inspectionPerMille: ['inspectionPerMille'],
  timeSyncSource: ['timeSync', 'source'],
  logLevel: ['logLevel'],
};

const names = remoteSettingSchema.options;

/** A configuration as it was written, with the settings in their places. It is parsed as a whole afterwards. */
export function withRemoteSettings(given: unknown, settings: RemoteSettings): unknown {
  if (!isPlainObject(given)) return given;
  let merged: Record<string, unknown> = given;
  // The printer comes first in the list: its language and its policy are put into what it was replaced with.
  for (const name of names) {
    const value = settings[name];
    if (value === undefined) continue;
    const [key = '', inner] = places[name];
    const there = merged[key];
    const around = isPlainObject(there) ? there : {};
    if (name === 'printer') merged = { ...merged, printer: { ...policyOf(around), ...settings.printer } };
    else merged = { ...merged, [key]: inner === undefined ? value : { ...around, [inner]: value } };
  }
  return merged;
}

/** Of a printer that is replaced, what is not about how it is reached. */
function policyOf({ language, whenPaperOut }: Record<string, unknown>): Record<string, unknown> {
  return {
    ...(language === undefined ? {} : { language }),
    ...(whenPaperOut === undefined ? {} : { whenPaperOut }),
  };
}

/** What a configuration sets where settings may come from afar, as JSON text; null for what is not set. */
export function settingValuesOf(config: unknown): Record<RemoteSetting, string | null> {
  const values = names.map((name): [RemoteSetting, string | null] => {
    let value: unknown = config;
    for (const key of places[name]) value = isPlainObject(value) ? value[key] : undefined;
    if (name === 'printer' && isPlainObject(value)) {
      const { language: _, whenPaperOut: __, ...reached } = value;
      value = reached;
    }
    return [name, value === undefined ? null : JSON.stringify(value)];
  });
  return Object.fromEntries(values) as Record<RemoteSetting, string | null>;
}

const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

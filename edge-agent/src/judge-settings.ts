import type { RemoteSettings } from '@weighgate/protocol';
import { remoteSettingSchema, remoteSettingsSchema, type SettingsOrder } from '@weighgate/protocol';
import { type Config, ConfigError } from './config.ts';
import { faultsOf } from './kiosk-server/fault-words.ts';
import { settingsLetIn, settingValuesOf } from './remote-settings.ts';
import type { SettingsVerdict } from './sync/settings-state.ts';

export interface JudgeSettingsParts {
  /** What is in force now. */
  config: Config;
  /** The configuration as it would be. @throws ConfigError */
  configWith: (settings: RemoteSettings) => Config;
  /** What is well now. */
  wellNow: readonly string[];
}

/** Judges the settings of an order: whether each may come from afar at all, here, and fits with all the rest. */
export function judgeSettings(
  { settings }: SettingsOrder,
  { config, configWith, wellNow }: JudgeSettingsParts,
): SettingsVerdict {
  const rule = config.remoteSettings;
  const refuse = (why: string): SettingsVerdict => ({ kind: 'refused', why: plainWordsOf(why) });
  if (rule.from === 'refuse') return refuse('this site takes no settings from afar (remoteSettings.from)');
  const strangers = Object.keys(settings).filter((name) => !remoteSettingSchema.safeParse(name).success);
  if (strangers.length > 0) return refuse(`may not be set from afar: ${strangers.join(', ')}`);
  const parsed = remoteSettingsSchema.safeParse(settings);
  if (!parsed.success) {
    return refuse(
      faultsOf(parsed.error)
        .map(({ path, message }) => `${path.join('.')}: ${message}`)
        .join('; '),
    );
  }
  const kept = settingsLetIn(parsed.data, rule);
  const pinned = Object.keys(parsed.data).filter((name) => !(name in kept));
  if (pinned.length > 0)
    return refuse(`this site sets it itself (remoteSettings.pinned): ${pinned.join(', ')}`);
  let next: Config;
  try {
    next = configWith(parsed.data);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return refuse(`it does not fit with the rest: ${error.message}`);
  }
  const [before, after] = [settingValuesOf(config), settingValuesOf(next)];
  const changes = remoteSettingSchema.options.flatMap((setting) => {
    const [old, now] = [before[setting], after[setting]];
    return old === now ? [] : [{ setting, old, new: now }];
  });
  // A printer that is set anew has to work, whatever the one before it did.
  const needsPrinter = changes.some(({ setting, new: now }) => setting === 'printer' && now !== null);
  const expected = [...new Set([...wellNow, ...(needsPrinter ? ['printer'] : [])])].filter(
    (name) => name !== 'printer' || after.printer !== null,
  );
  return { kind: 'good', settings: parsed.data, changes, expected };
}

const plainWordsOf = (why: string) => why.replaceAll(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, 500);

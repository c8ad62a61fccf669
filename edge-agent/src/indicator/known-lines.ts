import { type WireSettings, wireText } from '../line/serial-settings.ts';
import type { IndicatorModel } from './model.ts';
import { indicatorConfig } from './models.ts';
import { optionVariantsOf } from './option-variants.ts';

/**
 * The line settings of the models, each once, those of most models first.
 * @param baudRates every way of framing a byte at each of these instead; empty for the models' own
 */
export function lineSettingsOf(
  models: readonly IndicatorModel[],
  baudRates: readonly number[],
): WireSettings[] {
  const counted = new Map<string, { setting: WireSettings; count: number }>();
  for (const known of models.flatMap(({ line }) => line)) {
    for (const baudRate of baudRates.length === 0 ? [known.baudRate] : baudRates) {
      const setting = { ...known, baudRate };
      const entry = counted.get(wireText(setting)) ?? { setting, count: 0 };
      counted.set(wireText(setting), { setting, count: entry.count + 1 });
    }
  }
  return [...counted.values()].sort((one, other) => other.count - one.count).map(({ setting }) => setting);
}

/** Questions for indicators that send only when asked, each once with the models that use it. */
export interface Enquiry {
  bytes: Buffer;
  names: readonly string[];
}

/** @param setting only of models usually set so; null for all */
export function enquiriesOf(models: readonly IndicatorModel[], setting: WireSettings | null): Enquiry[] {
  const byHex = new Map<string, Set<string>>();
  for (const model of models) {
    if (setting !== null && !model.line.some((known) => wireText(known) === wireText(setting))) continue;
    for (const variant of optionVariantsOf(model.options)) {
      const indicator = indicatorConfig.safeParse({ ...variant, model: model.name });
      const enquiry = indicator.data?.enquiry;
      if (enquiry === undefined) continue;
      const hex = Buffer.from(enquiry).toString('hex');
      byHex.set(hex, (byHex.get(hex) ?? new Set()).add(model.name));
    }
  }
  return [...byHex].map(([hex, names]) => ({ bytes: Buffer.from(hex, 'hex'), names: [...names] }));
}

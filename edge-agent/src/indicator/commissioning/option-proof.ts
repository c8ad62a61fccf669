import { gramsOf, type MassUnit } from '@weighgate/protocol';
import { decodeCapture, type FlatReading } from '../decode-capture.ts';
import type { Indicator } from '../indicator.ts';
import type { IndicatorModel } from '../model.ts';
import { indicatorConfig } from '../models.ts';
import { optionVariantsOf } from '../option-variants.ts';

/** Bytes seen in one step, and what they have to mean where a person knows it. */
export interface OptionEvidence {
  bytes: Uint8Array;
  /** What stood on the deck, in grams, and by how much an indication may differ; null when nobody knows. */
  truth: { grossG: number; toleranceG: number } | null;
}

/**
 * What is known of one option after all that was seen.
 *
 * - `proven`: with every other value something seen would have been read wrong or not at all
 * - `without_effect`: other values read everything seen alike, the known weight too
 * - `as_configured`: its values cannot be listed, so none was compared; with this one everything was read right
 * - `not_proven`: another value agrees too and reads otherwise, or no known weight was seen
 */
export interface OptionProof {
  option: string;
  value: unknown;
  result: 'proven' | 'without_effect' | 'as_configured' | 'not_proven';
  /** Values that agree with everything seen. */
  possible: readonly unknown[];
}

export interface OptionProofs {
  /** Every setting of the model that agrees with everything seen; the configured one first when it is among them. */
  agreeing: readonly Record<string, unknown>[];
  isConfiguredAgreeing: boolean;
  options: readonly OptionProof[];
}

/** Units tried when the configuration names none and the bytes carry none. */
const units: readonly MassUnit[] = ['kg', 't', 'lb'];

/**
 * Which options the evidence proves: those with a single value among all settings of the model that agree with it. An
 * option that could change a weight needs a truth other than zero to be proven: nothing tells 0 from 0.
 */
export function optionProofsOf(
  model: IndicatorModel,
  configured: Readonly<Record<string, unknown>>,
  evidence: readonly OptionEvidence[],
): OptionProofs {
  const inForce: Record<string, unknown> = model.options.parse(configured);
  const own = readingsIn(model, inForce, evidence);
  const agreeing = variantsAround(model, inForce).filter((variant) => agrees(model, variant, evidence, own));
  const isSame = (variant: Record<string, unknown>) =>
    Object.entries(variant).every(([key, value]) => inForce[key] === value);
  const hasTruth = evidence.some(({ truth }) => truth !== null && truth.grossG !== 0);
  const ownText = JSON.stringify(own);
  const readsAlike = (variant: Record<string, unknown>) =>
    JSON.stringify(readingsIn(model, variant, evidence)) === ownText;
  const options = Object.entries(inForce).map(([option, value]): OptionProof => {
    const possible = [...new Set(agreeing.map((variant) => variant[option]))];
    return { option, value, possible, result: resultOf(option, value, possible) };
  });

  function resultOf(option: string, value: unknown, possible: readonly unknown[]): OptionProof['result'] {
    if (!hasTruth || !possible.includes(value)) return 'not_proven';
    if (possible.length > 1)
      return possible.every((other) => readsAlike({ ...inForce, [option]: other }))
        ? 'without_effect'
        : 'not_proven';
    if (option === 'unit') return value === null ? 'not_proven' : 'proven';
    return isTried(model, option) ? 'proven' : 'as_configured';
  }

  return {
    agreeing: agreeing.toSorted((one, other) => Number(isSame(other)) - Number(isSame(one))),
    isConfiguredAgreeing: agreeing.some(isSame),
    options,
  };
}

/** Every setting of the options that can be tried, with the others as they are configured. */
function variantsAround(model: IndicatorModel, inForce: Record<string, unknown>): Record<string, unknown>[] {
  const variants = optionVariantsOf(model.options).map((variant) => ({ ...inForce, ...variant }));
  return inForce.unit === null
    ? variants.flatMap((variant) => units.map((unit) => ({ ...variant, unit })))
    : variants;
}

function isTried(model: IndicatorModel, option: string): boolean {
  return optionVariantsOf(model.options).some((variant) => option in variant);
}

type Read = { readings: readonly FlatReading[]; discardedBytes: number };

function readingsIn(
  model: IndicatorModel,
  options: Record<string, unknown>,
  evidence: readonly OptionEvidence[],
): Read[] {
  const indicator = indicatorConfig.safeParse({ ...options, model: model.name });
  return evidence.map(({ bytes }) =>
    indicator.success ? readBytes(indicator.data, bytes) : { readings: [], discardedBytes: bytes.length },
  );
}

function readBytes(indicator: Indicator, bytes: Uint8Array): Read {
  return decodeCapture(indicator, [bytes], false);
}

/** Whether a setting reads as much as the configured one does, and reads every truth right. */
function agrees(
  model: IndicatorModel,
  variant: Record<string, unknown>,
  evidence: readonly OptionEvidence[],
  own: readonly Read[],
): boolean {
  return readingsIn(model, variant, evidence).every(({ readings, discardedBytes }, index) => {
    const reference = own[index];
    const truth = evidence[index]?.truth ?? null;
    if (reference !== undefined && reference.readings.length > 0) {
      if (readings.length < reference.readings.length * 0.9) return false;
      if (discardedBytes > reference.discardedBytes + reference.readings.length / 10 + 1) return false;
    }
    return truth === null || isWithin(readings.at(-1), truth);
  });
}

function isWithin(
  reading: FlatReading | undefined,
  { grossG, toleranceG }: { grossG: number; toleranceG: number },
): boolean {
  if (reading === undefined || typeof reading.value !== 'string') return false;
  const { value, unit } = reading;
  // Nothing is nothing in every unit.
  if (typeof unit !== 'string') return grossG === 0 && Number(value) === 0;
  try {
    return Math.abs(gramsOf(value, unit as MassUnit) - grossG) <= toleranceG;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

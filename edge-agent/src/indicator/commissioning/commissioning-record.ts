import type { Reading } from '../reading.ts';
import type { OptionProof } from './option-proof.ts';

/** The steps of a commissioning, in their order. */
export const stepNames = [
  'empty',
  'known_weight',
  'motion',
  'tare',
  'clear_tare',
  'overload',
  'unplugged',
  'plugged_in',
] as const;
export type StepName = (typeof stepNames)[number];

/** One reading as it was seen. */
export interface SeenFrame {
  /** ISO 8601 in UTC. */
  at: string;
  hex: string;
  value: string | null;
  unit: Reading['unit'];
  stable: boolean | null;
  mode: Reading['mode'];
}

/**
 * What came of one step. What nobody saw is `not_observed`, with the reason in a person's words; `not_said` is what the
 * protocol has no word for.
 */
export interface StepRecord {
  step: StepName;
  result: 'observed' | 'not_observed' | 'not_said';
  detail: string;
  startedAt: string;
  endedAt: string;
  frames: readonly SeenFrame[];
}

/** The proof of one scale's settings, for the file. */
export interface CommissioningRecord {
  v: 1;
  site: string;
  device: string;
  scale: string;
  operator: string;
  startedAt: string;
  endedAt: string;
  line: unknown;
  indicator: { model: string; options: Readonly<Record<string, unknown>> };
  intervalKg: number;
  steps: readonly StepRecord[];
  options: readonly OptionProof[];
  /** `proven` only when nothing is open. */
  verdict: 'proven' | 'not_proven';
  /** What keeps it from being a proof, in words. */
  open: readonly string[];
  /** What is no part of the proof and must be known to whoever relies on it, in words. */
  remarks: readonly string[];
}

/** What keeps a commissioning from being a proof; empty when nothing does. */
export function openMattersOf(
  steps: readonly StepRecord[],
  options: readonly OptionProof[],
  isConfiguredAgreeing: boolean,
): string[] {
  return [
    ...(isConfiguredAgreeing ? [] : ['The options as configured do not agree with what was seen.']),
    ...steps
      .filter(({ step, result }) => result === 'not_observed' && step !== 'overload')
      .map(({ step, detail }) => `${step} was not observed: ${detail}`),
    ...options
      .filter(({ result }) => result === 'not_proven')
      .map(({ option, value, possible }) =>
        possible.length > 1
          ? `${option}=${String(value)} is not proven: ${possible.map(String).join(' and ')} agree with what was seen.`
          : `${option}=${String(value)} is not proven by what was seen.`,
      ),
  ];
}

/** What was not tested and may stay so, and what had no effect here and now. */
export function remarksOf(steps: readonly StepRecord[], options: readonly OptionProof[]): string[] {
  return [
    ...steps
      .filter(({ step, result }) => result === 'not_observed' && step === 'overload')
      .map(({ detail }) => `Overload was not tested: ${detail}`),
    ...steps.filter(({ result }) => result === 'not_said').map(({ step, detail }) => `${step}: ${detail}`),
    ...options
      .filter(({ result }) => result === 'without_effect')
      .map(
        ({ option, value, possible }) =>
          `${option}=${String(value)} had no effect on anything seen (${possible.map(String).join(' and ')} read it alike). When the indicator is set otherwise, commission again.`,
      ),
    ...options
      .filter(({ result }) => result === 'as_configured')
      .map(({ option, value }) => `${option}=${String(value)} works; other values were not compared.`),
  ];
}

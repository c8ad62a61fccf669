import { type Clock, gramsOf, isoInstant } from '@weighgate/protocol';
import { lineAdvice } from '../line-state.ts';
import type { IndicatorModel } from '../model.ts';
import type { FramedReading } from '../read-indicator.ts';
import type { Reading } from '../reading.ts';
import {
  type CommissioningRecord,
  openMattersOf,
  remarksOf,
  type StepName,
  type StepRecord,
} from './commissioning-record.ts';
import { type OptionEvidence, optionProofsOf } from './option-proof.ts';
import type { ScaleWatch } from './scale-watch.ts';

/** Whoever stands at the scale. */
export interface Person {
  say(line: string): void;
  /** @returns what was typed, without blanks around it; empty for a bare Enter */
  ask(question: string): Promise<string>;
  /** Aborted when whoever it was has gone. */
  gone: AbortSignal;
}

/** What is commissioned. */
export interface CommissionedScale {
  site: string;
  device: string;
  id: string;
  line: unknown;
  model: IndicatorModel;
  /** As they stand in the configuration. */
  options: Readonly<Record<string, unknown>>;
}

/** How long things are waited for, in ms. */
export interface CommissionRule {
  /** For a person to do something and the scale to show it. */
  stepMs: number;
  /** Between two looks at the scale. */
  pollMs: number;
  /** How long a weight must stand to be taken. */
  standMs: number;
}

export const defaultCommissionRule: CommissionRule = { stepMs: 60_000, pollMs: 100, standMs: 1_500 };

export type CommissionResult =
  | { kind: 'recorded'; record: CommissioningRecord }
  /** A person agreed that other options are right; everything is to be seen again with them. */
  | { kind: 'other_options'; options: Record<string, unknown> };

/**
 * Leads a person through the proof of a scale's settings. Every step is watched on the readings; what was not seen is
 * written down as not observed, with the reason.
 */
export async function commission(
  scale: CommissionedScale,
  watch: ScaleWatch,
  person: Person,
  rule: CommissionRule,
  clock: Clock,
): Promise<CommissionResult> {
  const startedAt = isoInstant(clock.now());
  const steps: StepRecord[] = [];
  const evidence: OptionEvidence[] = [];
  const operator = await askUntil(
    person,
    'Your name, for the record: ',
    (text) => text || null,
    'A record needs a name.',
  );
  const intervalKg = await askUntil(
    person,
    'Scale interval d from the plate of the scale, in kg: ',
    positive,
    'Type the number alone, such as 20 or 0.5.',
  );
  const toleranceG = Math.round(intervalKg * 1000);

  /** Waits until the readings show it, telling what they show. */
  async function seen(isMet: () => boolean): Promise<boolean> {
    const untilMs = clock.monotonicMs() + rule.stepMs;
    let told = '';
    let toldAtMs = -Infinity;
    while (!isMet()) {
      const nowMs = clock.monotonicMs();
      if (nowMs >= untilMs) return false;
      const words = shown(watch);
      if (words !== told && nowMs - toldAtMs >= 500) {
        person.say(`  ${words}`);
        [told, toldAtMs] = [words, nowMs];
      }
      await clock.sleep(rule.pollMs, person.gone);
    }
    person.say(`  ${shown(watch)}`);
    return true;
  }

  async function step(
    name: StepName,
    request: string,
    isMet: () => boolean,
    says: string,
    truthG: number | null = null,
  ): Promise<boolean> {
    const stepStartedAt = isoInstant(clock.now());
    const end = (result: StepRecord['result'], detail: string) => {
      const frames = watch.seen().map((one) => seenFrame(one, clock));
      steps.push({
        step: name,
        result,
        detail,
        startedAt: stepStartedAt,
        endedAt: isoInstant(clock.now()),
        frames,
      });
      const truth = result === 'observed' && truthG !== null ? { grossG: truthG, toleranceG } : null;
      evidence.push({ bytes: watch.bytes(), truth });
      return result === 'observed';
    };
    for (;;) {
      const typed = await person.ask(
        `${request} Press Enter to have it watched, or type why it cannot be done: `,
      );
      watch.begin();
      if (typed !== '') return end('not_observed', typed);
      if (await seen(isMet)) return end('observed', says);
      const why = await person.ask('That was not seen. Enter to try again, or type why it cannot be seen: ');
      if (why !== '') return end('not_observed', why);
    }
  }

  const skip = (name: StepName, detail: string, result: 'not_observed' | 'not_said' = 'not_observed') => {
    const at = isoInstant(clock.now());
    steps.push({ step: name, result, detail, startedAt: at, endedAt: at, frames: [] });
    person.say(`  ${name}: not observed. ${detail}`);
  };

  const stands = (isRight: (reading: Reading) => boolean) => () => isStanding(watch, rule.standMs, isRight);
  const isNearZero = ({ value }: Reading) => value !== null && Math.abs(Number(value)) < Number.EPSILON;

  await step(
    'empty',
    'Empty the deck; set the indicator to zero if it does not show it.',
    stands(isNearZero),
    'zero',
    0,
  );

  const knownKg = await askUntil(
    person,
    'How heavy is the known weight you can put on, in kg? Enter when there is none: ',
    (text) => (text === '' ? 'none' : positive(text)),
    'Type the kilograms as a number alone, such as 1000, or Enter for none.',
  );
  if (knownKg === 'none') {
    skip('known_weight', `${operator} had no known weight.`);
  } else {
    const knownG = Math.round(knownKg * 1000);
    const isKnown = (reading: Reading) => isWithin(reading, knownG, toleranceG);
    const isRight = await step(
      'known_weight',
      `Put ${knownKg} kg on the deck and let it come to rest.`,
      stands(isKnown),
      `${knownKg} kg within ${intervalKg} kg`,
      knownG,
    );
    const other = isRight ? null : await otherOptions(knownG);
    if (other !== null) return { kind: 'other_options', options: other };
  }

  /** Other settings of the same model that read the known weight right, if a person agrees. */
  async function otherOptions(knownG: number): Promise<Record<string, unknown> | null> {
    const bytes = watch.bytes();
    const proofs = optionProofsOf(scale.model, scale.options, [
      ...evidence.slice(0, -1),
      { bytes, truth: { grossG: knownG, toleranceG } },
    ]);
    const [first] = proofs.agreeing;
    if (first === undefined || proofs.isConfiguredAgreeing) return null;
    const changes = Object.entries(first).filter(([key, value]) =>
      proofs.options.some((o) => o.option === key && o.value !== value),
    );
    const words = changes.map(([key, value]) => `${key}=${String(value)}`).join(' ');
    const answer = await person.ask(
      `With ${words} the scale would read ${knownG / 1000} kg. Use that, and see everything again? yes or no: `,
    );
    return answer.toLowerCase() === 'yes' ? first : null;
  }

  const last = watch.latest()?.reading;
  if (last !== undefined && last.stable === null) {
    const detail =
      'The protocol does not say whether the weight moves; stability is derived from the values.';
    skip('motion', detail, 'not_said');
  } else {
    await step(
      'motion',
      'Now rock the weight or walk over the deck, and let it come to rest.',
      () => movedThenStood(watch.seen()),
      'moving, then stable',
    );
  }
  if (last !== undefined && last.mode === null) {
    const detail =
      'The protocol does not say gross or net. The agent cannot notice a tare: do not tare this indicator.';
    skip('tare', detail, 'not_said');
    skip('clear_tare', detail, 'not_said');
  } else {
    const shows = (mode: Reading['mode']) => () => watch.seen().at(-1)?.reading.mode === mode;
    const isTared = await step('tare', 'Tare with something on the deck.', shows('net'), 'net');
    if (isTared) await step('clear_tare', 'Clear the tare.', shows('gross'), 'gross');
    else skip('clear_tare', 'There was no tare to clear.');
  }
  await step(
    'overload',
    'If it can be done safely, overload the scale or have the indicator show its overload.',
    () => watch.seen().some(({ reading }) => reading.overload === true || reading.outOfRange === true),
    'overload, without a value',
  );
  const isUnplugged = await step(
    'unplugged',
    'Pull the cable of the indicator.',
    () => ['port_gone', 'silent'].includes(watch.lineState()),
    'no weight, and the line says so',
  );
  if (isUnplugged) {
    await step('plugged_in', 'Put the cable back.', () => watch.lineState() === 'ok', 'weights again');
  } else skip('plugged_in', 'The cable was not pulled.');

  const proofs = optionProofsOf(scale.model, scale.options, evidence);
  const open = openMattersOf(steps, proofs.options, proofs.isConfiguredAgreeing);
  const options: Record<string, unknown> = scale.model.options.parse(scale.options);
  return {
    kind: 'recorded',
    record: {
      v: 1,
      site: scale.site,
      device: scale.device,
      scale: scale.id,
      operator,
      startedAt,
      endedAt: isoInstant(clock.now()),
      line: scale.line,
      indicator: { model: scale.model.name, options },
      intervalKg,
      steps,
      options: proofs.options,
      verdict: open.length === 0 ? 'proven' : 'not_proven',
      open,
      remarks: remarksOf(steps, proofs.options),
    },
  };
}

/** @param hint said after an answer that cannot be read */
async function askUntil<T>(
  person: Person,
  question: string,
  read: (text: string) => T | null,
  hint: string,
): Promise<T> {
  for (;;) {
    const answer = read(await person.ask(question));
    if (answer !== null) return answer;
    person.say(`  ${hint}`);
  }
}

function positive(text: string): number | null {
  const value = /^\d{1,7}(?:\.\d{1,3})?$/.test(text) ? Number(text) : 0;
  return value > 0 ? value : null;
}

/** Whether what was seen last has stood for so long, not moving, and is right all the while. */
function isStanding(watch: ScaleWatch, standMs: number, isRight: (reading: Reading) => boolean): boolean {
  const readings = watch.seen();
  const last = readings.at(-1);
  if (last === undefined || watch.lineState() !== 'ok') return false;
  const recent = readings.filter(({ atMs }) => last.atMs - atMs <= standMs);
  const [first] = recent;
  const isLong = first !== undefined && last.atMs - first.atMs >= standMs * 0.8;
  return isLong && recent.every(({ reading }) => reading.stable !== false && isRight(reading));
}

function movedThenStood(readings: readonly FramedReading[]): boolean {
  const movedAt = readings.findIndex(({ reading }) => reading.stable === false && reading.value !== null);
  return movedAt !== -1 && readings.slice(movedAt).some(({ reading }) => reading.stable === true);
}

function isWithin({ value, unit }: Reading, knownG: number, toleranceG: number): boolean {
  if (value === null || unit === null) return false;
  try {
    return Math.abs(gramsOf(value, unit) - knownG) <= toleranceG;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function shown(watch: ScaleWatch): string {
  const state = watch.lineState();
  if (state !== 'ok') return lineAdvice(state, watch.health()) ?? state;
  const reading = watch.latest()?.reading;
  if (reading === undefined) return 'no reading yet';
  const { value, unit, stable, mode } = reading;
  const motion = stable === null ? '' : stable ? ' stable' : ' moving';
  return `${value ?? 'no usable weight'} ${unit ?? '(no unit)'}${mode === null ? '' : ` ${mode}`}${motion}`;
}

function seenFrame({ reading, frame, atMs }: FramedReading, clock: Clock) {
  const { value, unit, stable, mode } = reading;
  const at = isoInstant(Math.round(clock.now() - (clock.monotonicMs() - atMs)));
  return { at, hex: Buffer.from(frame).toString('hex'), value, unit, stable, mode };
}

import {
  type EvidenceFrame,
  evidenceFramesOf,
  gramsOf,
  kgOf,
  massUnitSchema,
  type RegisteredWeight,
} from '@weighgate/protocol';
import { decodeCapture } from './indicator/decode-capture.ts';
import type { Indicator } from './indicator/indicator.ts';
import { textTable } from './text-table.ts';

/** What one kept frame showed. */
export interface CurvePoint {
  /** Before the weight was registered, in ms. */
  agoMs: number;
  /** As the indicator sent it, with its unit; what could not be read in words. */
  shown: string;
  /** Null when the frame shows no weight. */
  kg: number | null;
  /** As the indicator said; null when its protocol does not. */
  stable: boolean | null;
}

/** How a weight came to rest: the frames kept with it, read once more. */
export interface WeightCurve {
  /** The scale, and the ticket of the weighing. */
  title: string;
  registeredKg: number;
  registeredAt: string;
  points: readonly CurvePoint[];
}

/** Every curve of a weighing: one, or one for each deck. @param indicatorOf reads a model as it was set then */
export function curvesOf(
  weight: RegisteredWeight,
  ticketNo: string,
  indicatorOf: (weight: { scaleId: string; indicator: RegisteredWeight['indicator'] }) => Indicator,
): WeightCurve[] {
  return (weight.parts ?? [weight]).map((part) => ({
    title: `${ticketNo} on ${part.scaleId}`,
    registeredKg: kgOf(part.grossG),
    registeredAt: weight.registeredAt,
    points: evidenceFramesOf(part.frames).map((frame) => pointOf(frame, indicatorOf(part))),
  }));
}

function pointOf({ agoMs, hex }: EvidenceFrame, indicator: Indicator): CurvePoint {
  const { readings } = decodeCapture(indicator, [Buffer.from(hex, 'hex')], true);
  const reading = readings[0];
  if (reading === undefined || !('value' in reading) || typeof reading.value !== 'string')
    return { agoMs, shown: 'no weight', kg: null, stable: null };
  const { value, unit, stable } = reading;
  const known = massUnitSchema.safeParse(unit).data ?? null;
  return {
    agoMs,
    shown: `${value} ${known ?? '(no unit)'}`,
    kg: known === null ? null : kgOf(gramsOf(value, known)),
    stable: typeof stable === 'boolean' ? stable : null,
  };
}

const BAR_WIDTH = 40;

/** The curve as a table with a bar for each frame. */
export function textOfCurve({ title, registeredKg, registeredAt, points }: WeightCurve): string {
  const head = `${title}: ${registeredKg} kg registered at ${registeredAt}`;
  if (points.length === 0) return `${head}\n  no frames: the weight was given by hand`;
  const maxKg = Math.max(1, ...points.map(({ kg }) => kg ?? 0));
  const rows = points.map(({ agoMs, shown, kg, stable }) => [
    `-${agoMs}`,
    shown,
    stable === null ? '' : stable ? 'stable' : 'moving',
    kg === null ? '' : '#'.repeat(Math.max(0, Math.round((kg / maxKg) * BAR_WIDTH))),
  ]);
  return [head, ...textTable(['ms', 'shown', 'motion', ''], rows, [0, 1])].join('\n');
}

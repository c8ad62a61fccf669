import type { WireSettings } from '../line/serial-settings.ts';
import { decodeCapture, type FlatReading } from './decode-capture.ts';
import { framerOf } from './framer.ts';
import type { Indicator } from './indicator.ts';
import type { IndicatorModel } from './model.ts';
import { optionVariantsOf } from './option-variants.ts';
import type { Decoded } from './reading.ts';

/** Bytes as they came, and how the port was set; null where that was not ours to set. */
export interface Capture {
  setting: WireSettings | null;
  bytes: Uint8Array;
}

/** One way to read the bytes that fits them. */
export interface Candidate {
  model: string;
  /** Options that matter: those at which these bytes would not have been read so are left out of the choice. */
  options: Readonly<Record<string, unknown>>;
  /** Options that these bytes do not decide, with the values that all read them alike. */
  undecided: Readonly<Record<string, readonly unknown[]>>;
  /** Line settings at which it fits equally. */
  settings: readonly (WireSettings | null)[];
  goodFrames: number;
  /** Bytes in no good frame, without the ruins of a frame at the beginning and at the end. */
  discardedBytes: number;
  /** Share of the bytes that are in good frames, 0 to 1. */
  share: number;
  /** Whether a checksum makes every single flipped bit noticeable: a fit is then hardly chance. */
  isProtected: boolean;
  /** Every reading, oldest first. */
  readings: readonly FlatReading[];
}

/** Fewer good frames than this are no fit. */
const MIN_FRAMES = 3;
/** A smaller share of bytes in good frames is no fit. */
const MIN_SHARE = 0.8;
/** A fit whose share is further below the best than this leaves bytes over that the best explains. */
const SHARE_MARGIN = 0.02;
/** Of a longer capture only the end is looked at. */
const MAX_BYTES = 16 * 1024;

/**
 * Reads the captured bytes with every model in every variant, and ranks what fits: protected by a checksum first, then
 * by the share of bytes in good frames. What leaves bytes over that another explains is left out. It proposes and never
 * chooses: whatever is left may be right.
 */
export function rankModels(captures: readonly Capture[], models: readonly IndicatorModel[]): Candidate[] {
  const fits = captures.flatMap((capture) => models.flatMap((model) => fitsOf(model, capture)));
  const bestShare = Math.max(...fits.map(({ share }) => share));
  return merged(fits.filter(({ share }) => share >= bestShare - SHARE_MARGIN)).sort(
    (one, other) =>
      Number(other.isProtected) - Number(one.isProtected) ||
      other.share - one.share ||
      other.goodFrames - one.goodFrames,
  );
}

/** Every variant of a model that fits; those that read the bytes alike are one, with what they leave undecided. */
function fitsOf(model: IndicatorModel, { setting, bytes }: Capture): Candidate[] {
  const tail = bytes.subarray(-MAX_BYTES);
  const stripped = setting === null && hasParity(tail) ? [false, true] : [false];
  const byReading = new Map<string, { fit: Fit; variants: Record<string, unknown>[] }>();
  for (const variant of optionVariantsOf(model.options)) {
    for (const stripParity of stripped) {
      const options = stripParity ? { ...variant, stripParity } : variant;
      const dialect = model.speak(model.options.parse(variant));
      const fit = fitOf({ model: model.name, options: {}, stripParity, ...dialect }, tail);
      if (fit === null) continue;
      const key = JSON.stringify([fit.goodFrames, fit.discardedBytes, fit.readings]);
      const known = byReading.get(key);
      if (known === undefined) byReading.set(key, { fit, variants: [options] });
      else known.variants.push(options);
    }
  }
  return [...byReading.values()].map(({ fit, variants }) => {
    const [options = {}] = variants;
    const undecided = Object.fromEntries(
      Object.keys(options)
        .map((key) => [key, [...new Set(variants.map((variant) => variant[key]))]] as const)
        .filter(([, values]) => values.length > 1),
    );
    return { ...fit, model: model.name, options, undecided, settings: [setting] };
  });
}

/** Less than all, because a line with noise is still the line it is. */
const MIN_PARITY_SHARE = 0.9;

/** Whether the eighth bits are set as a parity bit would be: seven data bits that were received as eight. */
function hasParity(bytes: Uint8Array): boolean {
  if (!bytes.some((byte) => byte > 0x7f)) return false;
  const ones = (byte: number) => byte.toString(2).replaceAll('0', '').length;
  const odd = bytes.reduce((count, byte) => count + (ones(byte) % 2), 0) / bytes.length;
  const mark = bytes.reduce((count, byte) => count + (byte >> 7), 0) / bytes.length;
  return Math.max(odd, 1 - odd, mark) >= MIN_PARITY_SHARE;
}

type Fit = Pick<Candidate, 'goodFrames' | 'discardedBytes' | 'share' | 'isProtected' | 'readings'>;

/** How well one indicator fits the bytes; null when it does not. */
function fitOf(indicator: Indicator, bytes: Uint8Array): Fit | null {
  const good: { frame: Uint8Array; decoded: Decoded }[] = [];
  let goodBytes = 0;
  let discardedBytes = 0;
  const discard = (count: number) => {
    // What comes before the first good frame is the rest of one that began before the capture.
    if (good.length > 0 || count > indicator.framing.maxBytes) discardedBytes += count;
  };
  const framer = framerOf(
    indicator.framing,
    {
      frame(frame) {
        const decoded = indicator.decode(frame);
        if (decoded.kind === 'rejected') discard(frame.length);
        else {
          good.push({ frame, decoded });
          goodBytes += frame.length;
        }
      },
      discarded: (run) => discard(run.length),
    },
    { stripParity: indicator.stripParity },
  );
  framer.push(bytes);
  const readings = good.filter(({ decoded }) => decoded.kind === 'reading');
  const [firstReading] = readings;
  const share = goodBytes / (goodBytes + discardedBytes);
  if (good.length < MIN_FRAMES || share < MIN_SHARE || firstReading === undefined) return null;
  return {
    goodFrames: good.length,
    discardedBytes,
    share,
    isProtected: isProtected(indicator, (readings.find(hasValue) ?? firstReading).frame),
    readings: decodeCapture(
      { ...indicator, stripParity: false },
      good.map(({ frame }) => frame),
      true,
    ).readings,
  };
}

function hasValue({ decoded }: { decoded: Decoded }): boolean {
  return decoded.kind === 'reading' && decoded.reading.value !== null;
}

/** Whether no single flipped bit of a frame gives another value. */
function isProtected(indicator: Indicator, frame: Uint8Array): boolean {
  const valuesIn = (bytes: Uint8Array) =>
    decodeCapture({ ...indicator, stripParity: false }, [bytes], true).readings.map((reading) =>
      'value' in reading ? reading.value : null,
    );
  const [value] = valuesIn(frame);
  if (value === undefined || value === null) return false;
  for (let bit = 0; bit < frame.length * 8; bit += 1) {
    const flipped = Uint8Array.from(frame);
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    if (valuesIn(flipped).some((other) => other !== null && other !== value)) return false;
  }
  return true;
}

/** Candidates that read alike at several line settings are one: these bytes do not tell the settings apart. */
function merged(candidates: readonly Candidate[]): Candidate[] {
  const byChoice = new Map<string, Candidate>();
  for (const candidate of candidates) {
    const latest = candidate.readings.at(-1);
    const key = JSON.stringify([candidate.model, candidate.options, latest]);
    const known = byChoice.get(key);
    if (known === undefined) byChoice.set(key, candidate);
    else {
      const better = candidate.share > known.share ? candidate : known;
      const settings = [...known.settings, ...candidate.settings];
      const byText = new Map(settings.map((setting) => [JSON.stringify(setting), setting]));
      byChoice.set(key, { ...better, settings: [...byText.values()] });
    }
  }
  return [...byChoice.values()];
}

import { strict as assert } from 'node:assert';

/** The pound is 0.45359237 kg exactly (international yard and pound agreement, 1959). */
const KG_PER_UNIT = { kg: 1, lb: 0.45359237 };
/** Standstill: the value has stayed within one interval for this long. */
const STANDSTILL_MS = 1000;
/** More samples in one second than any converter delivers. */
const MAX_WINDOW_SAMPLES = 2000;
/** The low-pass filter's time constant. */
const FILTER_MS = 150;
/** OIML R 76-1 4.2.3: no indication above Max + 9 e. */
const OVERLOAD_INTERVALS = 9;
/** Below zero by more than this the display is blank; manuals differ between 20 e and 20 d. */
const UNDERLOAD_INTERVALS = 20;
/** OIML R 76-1 4.5.1: zero-setting and zero-tracking move zero by at most 4 % of Max, so 2 % to either side. */
const ZERO_RANGE_OF_MAX = 0.02;
/** OIML R 76-1 4.5.7: zero-tracking follows at most 0.5 d per second, and only near zero. */
const ZERO_TRACKING_INTERVALS_PER_S = 0.5;
const ZERO_TRACKING_BAND_INTERVALS = 0.5;
/** OIML R 76-1 4.5.5: the centre of zero lamp is lit within a quarter of an interval. */
const CENTRE_OF_ZERO_INTERVALS = 0.25;

/** Interval, maximum and readings are counted in the last displayed digit: 750 counts of 3 decimals are 0.750. */
export interface IndicatorOptions {
  /** What the display shows. Default kg. */
  unit?: 'kg' | 'lb';
  /** Digits behind the decimal point. Default 0. */
  decimals?: number;
  /** Scale interval d in counts: 1, 2 or 5 times a power of ten. Default 20. */
  interval?: number;
  /** Max in counts. Default 60 000. */
  max?: number;
  /** Whether zero was set when the indicator was switched on, before the simulation begins. Default true. */
  zeroedAtStart?: boolean;
}

/** What the indicator shows at one instant. */
export interface Indication {
  /** Magnitude in counts, gross or net; null when the display is blank. */
  displayed: number | null;
  /** Magnitude a blank display withholds: some indicators send it although nobody may read it. Null when shown. */
  withheld: number | null;
  negative: boolean;
  decimals: number;
  unit: 'kg' | 'lb';
  /** Scale interval in counts. */
  interval: number;
  net: boolean;
  /** Tare in counts; 0 in gross mode. */
  tare: number;
  motion: boolean;
  /** The centre of zero lamp: standing still within a quarter of an interval of gross zero (OIML R 76-1 4.5.5). */
  centreOfZero: boolean;
  /** Above Max + 9 d, or below zero by more than 20 d when also negative. */
  outOfRange: boolean;
  zeroedSincePowerUp: boolean;
}

/** The keys under the display. */
export type IndicatorButton = 'zero' | 'tare' | 'clear';

/** A weighing indicator: load in, indication out. It knows no clock; whoever samples it says what time it is. */
export class SimulatedIndicator {
  readonly #unit: 'kg' | 'lb';
  readonly #decimals: number;
  readonly #interval: number;
  readonly #max: number;
  #zeroed: boolean;
  /** Filtered values of the last second, in counts, and the one before it. */
  #window: { tMs: number; value: number }[] = [];
  #zeroOffset = 0;
  #tare = 0;

  constructor(options: IndicatorOptions = {}) {
    const { unit = 'kg', decimals = 0, interval = 20, max = 60_000, zeroedAtStart = true } = options;
    assert(
      /^[125]0*$/.test(String(interval)),
      `an interval is 1, 2 or 5 times a power of ten, not ${interval}`,
    );
    assert(Number.isInteger(max) && max >= interval, `a maximum is whole counts, not ${max}`);
    this.#unit = unit;
    this.#decimals = decimals;
    this.#interval = interval;
    this.#max = max;
    this.#zeroed = zeroedAtStart;
  }

  /**
   * Takes one sample of the load.
   * @param tMs later than the sample before
   */
  sample(loadKg: number, tMs: number): Indication {
    const counts = (loadKg / KG_PER_UNIT[this.#unit]) * 10 ** this.#decimals;
    const elapsedMs = this.#filter(counts, tMs);
    if (!this.#moving()) this.#trackZero(elapsedMs);
    return this.#indication();
  }

  /** What it shows since the last sample, a key pressed meanwhile included. */
  shown(): Indication {
    return this.#indication();
  }

  /** Presses a key. `refused` when the indicator would beep: in motion, out of range, or nothing to do. */
  press(button: IndicatorButton): 'done' | 'refused' {
    if (button === 'clear') {
      this.#tare = 0;
      return 'done';
    }
    const { motion, net, outOfRange } = this.#indication();
    if (motion || net || outOfRange) return 'refused';
    if (button === 'zero') {
      const { value } = this.#latest();
      if (Math.abs(value) > this.#max * ZERO_RANGE_OF_MAX) return 'refused';
      this.#zeroOffset = value;
      this.#zeroed = true;
      return 'done';
    }
    const gross = this.#rounded(this.#gross());
    if (gross <= 0) return 'refused';
    this.#tare = gross;
    return 'done';
  }

  #filter(counts: number, tMs: number): number {
    const before = this.#window.at(-1);
    assert(before === undefined || tMs > before.tMs, 'samples come one after the other');
    const elapsedMs = before === undefined ? 0 : tMs - before.tMs;
    const settled = before === undefined ? 1 : 1 - Math.exp(-elapsedMs / FILTER_MS);
    const from = before?.value ?? 0;
    this.#window.push({ tMs, value: from + settled * (counts - from) });
    const firstWithin = this.#window.findIndex((sample) => sample.tMs > tMs - STANDSTILL_MS);
    this.#window.splice(0, firstWithin - 1);
    assert(this.#window.length <= MAX_WINDOW_SAMPLES, 'sampled too fast');
    return elapsedMs;
  }

  #latest() {
    const latest = this.#window.at(-1);
    assert(latest !== undefined, 'the indicator has not been sampled yet');
    return latest;
  }

  #gross(): number {
    return this.#latest().value - this.#zeroOffset;
  }

  #moving(): boolean {
    const values = this.#window.map((sample) => sample.value);
    const seenMs = this.#latest().tMs - (this.#window[0]?.tMs ?? 0);
    return seenMs < STANDSTILL_MS || Math.max(...values) - Math.min(...values) > this.#interval;
  }

  #trackZero(elapsedMs: number): void {
    const gross = this.#gross();
    if (this.#tare !== 0 || Math.abs(gross) > ZERO_TRACKING_BAND_INTERVALS * this.#interval) return;
    const limit = ZERO_TRACKING_INTERVALS_PER_S * this.#interval * (elapsedMs / 1000);
    const offset = this.#zeroOffset + Math.max(-limit, Math.min(limit, gross));
    if (Math.abs(offset) <= this.#max * ZERO_RANGE_OF_MAX) this.#zeroOffset = offset;
  }

  #rounded(counts: number): number {
    return Math.sign(counts) * Math.round(Math.abs(counts) / this.#interval) * this.#interval;
  }

  #indication(): Indication {
    const gross = this.#rounded(this.#gross());
    const over = gross > this.#max + OVERLOAD_INTERVALS * this.#interval;
    const under = gross < -UNDERLOAD_INTERVALS * this.#interval;
    const shown = gross - this.#tare;
    const motion = this.#moving();
    return {
      displayed: over || under ? null : Math.abs(shown),
      withheld: over || under ? Math.abs(shown) : null,
      negative: over ? false : under || shown < 0,
      decimals: this.#decimals,
      unit: this.#unit,
      interval: this.#interval,
      net: this.#tare !== 0,
      tare: this.#tare,
      motion,
      centreOfZero: !motion && Math.abs(this.#gross()) <= CENTRE_OF_ZERO_INTERVALS * this.#interval,
      outOfRange: over || under,
      zeroedSincePowerUp: this.#zeroed,
    };
  }
}

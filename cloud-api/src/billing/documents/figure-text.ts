import { Temporal } from 'temporal-polyfill';

/** Digits in groups of three, with a minus sign of its own before a negative number. */
function grouped(digits: string): string {
  return digits.replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/** Whole units of `10^-decimals` as a decimal number, exactly: `-1234567` with 2 is `-12345.67`. */
export function decimalOf(units: string, decimals: number): string {
  const [sign, digits] = units.startsWith('-') ? ['-', units.slice(1)] : ['', units];
  const padded = digits.padStart(decimals + 1, '0');
  const whole = padded.slice(0, padded.length - decimals);
  return decimals === 0 ? sign + whole : `${sign}${whole}.${padded.slice(-decimals)}`;
}

/** An amount as people read it: `-12,345.67`. */
export function amountText(minor: string, decimals: number): string {
  const [whole = '', fraction] = decimalOf(minor, decimals).split('.');
  return fraction === undefined ? grouped(whole) : `${grouped(whole)}.${fraction}`;
}

/** Grams as kilograms, without decimals that are zero: `7,000` or `7,000.5`. */
export function kgText(grams: string): string {
  const [whole = '', fraction = ''] = decimalOf(grams, 3).split('.');
  const rest = fraction.replace(/0+$/, '');
  return rest === '' ? grouped(whole) : `${grouped(whole)}.${rest}`;
}

/** A rate in the currency itself: `93.5` minor units are `0.935`, with no fewer decimals than the currency has. */
export function rateText(perKgMinor: string, decimals: number): string {
  const [whole = '', fraction = ''] = perKgMinor.split('.');
  const [units = '', rest = ''] = decimalOf(whole + fraction, decimals + fraction.length).split('.');
  return rest === '' ? units : `${units}.${rest.replace(/0+$/, '').padEnd(decimals, '0')}`;
}

/** The day of an instant on the clocks of a zone: `15.06.2026`. */
export function dayText(instant: string, timeZone: string): string {
  const { year, month, day } = zoned(instant, timeZone);
  return `${twoDigits(day)}.${twoDigits(month)}.${year}`;
}

/** Day and minute: `15.06.2026 09:05`. */
export function minuteText(instant: string, timeZone: string): string {
  const { hour, minute } = zoned(instant, timeZone);
  return `${dayText(instant, timeZone)} ${twoDigits(hour)}:${twoDigits(minute)}`;
}

/** The last day of a period whose end is exclusive. */
export function lastDayText(to: string, timeZone: string): string {
  return dayText(new Date(Date.parse(to) - 1).toISOString(), timeZone);
}

const zoned = (instant: string, timeZone: string) =>
  Temporal.Instant.from(instant).toZonedDateTimeISO(timeZone);
const twoDigits = (value: number) => String(value).padStart(2, '0');

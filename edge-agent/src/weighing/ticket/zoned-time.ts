/**
 * An instant as a ticket shows it: `2026-11-20 09:51:24 GMT+02:00`. The offset says which of two equal clock times it
 * was when summer time ends.
 * @param instant ISO 8601
 * @param timeZone an IANA name
 */
export function zonedTime(instant: string, timeZone: string): string {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'longOffset',
  });
  const parts = new Map(format.formatToParts(new Date(instant)).map(({ type, value }) => [type, value]));
  const [year, month, day, hour, minute, second, zone] = (
    ['year', 'month', 'day', 'hour', 'minute', 'second', 'timeZoneName'] as const
  ).map((type) => parts.get(type));
  return `${year}-${month}-${day} ${hour}:${minute}:${second} ${zone}`;
}

import { redactedErrorOf } from './redacted-error.ts';

const MASK = '***';
/** No log object of ours is deeper, and one that is gets cut. */
const MAX_DEPTH = 8;

/** Names of fields whose value is a secret, a person's or a truck's, whatever it looks like. */
const maskedNames =
  /^(?:authorization|cookie|set-cookie|password|passwd|pin|secret|token|access_?token|refresh_?token|api-?key|private_?key|verifier|otp|totp|truck|truck_?(?:id|key)|plate|plates|licen[cs]e_?plate|phone|phone_?number|mobile|email|e-?mail|tax_?(?:id|number)|vat_?(?:id|number)?|national_?id|id_?number)$/i;

/** Fields of a log line with the values of sensitive names masked, at any depth, and errors without what they quote. */
export function maskedFields(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, maskedValue(name, value, 0)]),
  );
}

function maskedValue(name: string, value: unknown, depth: number): unknown {
  if (maskedNames.test(name)) return value === undefined || value === null ? value : MASK;
  if (value instanceof Error) return redactedErrorOf(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return '[too deep]';
  if (Array.isArray(value)) return value.map((item) => maskedValue('', item, depth + 1));
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(
    Object.entries(value).map(([inner, item]) => [inner, maskedValue(inner, item, depth + 1)]),
  );
}

/** What is recognised by its look, wherever in a line it stands. */
const looks: readonly (readonly [RegExp, string])[] = [
  [/\bBearer +[\w.~+/=-]+/gi, `Bearer ${MASK}`],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, MASK],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----/gs, MASK],
  [/\$argon2(?:id|i|d)\$[^\s"]+/g, MASK],
  // The password in an address such as postgres://user:password@host.
  [/\b([a-z][a-z0-9+.-]*:\/\/[^\s:@/"]*):[^\s@/"]+@/gi, `$1:${MASK}@`],
  // Telephone numbers in the international form, and Israeli ones as they are dialled.
  [/(?<![\w-])\+\d[\d -]{7,16}\d\b/g, MASK],
  [/(?<![\w.:-])0(?:5\d|[2-489])-?\d{3}-?\d{4}(?![\w.:-])/g, MASK],
  // What a parser of JSON could not read, it quotes.
  [/, (?:\.\.\.)?\\".*?\\"(?:\.\.\.)? is not valid JSON/g, `, ${MASK} is not valid JSON`],
];
/** It tries every word of a line from every letter on: looked for only where there is an at sign. */
const emailLook = /[\w.%+-]+@[\w-]+(?:\.[\w-]+)+/g;

/** A log line without what is recognised as a secret, a telephone number or an address of e-mail. */
export function maskedText(line: string): string {
  const masked = looks.reduce((text, [look, mask]) => text.replace(look, mask), line);
  return masked.includes('@') ? masked.replace(emailLook, MASK) : masked;
}

import { createHash } from 'node:crypto';

/** Bytes of the secret: 128 bits of chance. */
export const TOKEN_SECRET_BYTES = 16;
/** Bytes of the pinned fingerprint: the first half of a SHA-256, so that no other CA can be made to fit. */
const PIN_BYTES = 16;
const CHECKSUM_BYTES = 3;
const TOKEN_BYTES = TOKEN_SECRET_BYTES + PIN_BYTES + CHECKSUM_BYTES;
const TOKEN_LETTERS = (TOKEN_BYTES * 8) / 5;
const GROUP = 8;
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** What a one-time token carries from the cloud to a device that has never met it. */
export interface EnrolmentToken {
  /** Proves that somebody who may enrol devices handed this out. */
  secret: Buffer;
  /** Beginning of the SHA-256 of the cloud's CA certificate (DER), so that the first contact is not blind. */
  caPin: Buffer;
}

/** A token that was read, or why it is none. */
export type TokenReading = { kind: 'token'; token: EnrolmentToken } | { kind: 'malformed'; reason: string };

/**
 * The token as people carry it: base32 (RFC 4648) in groups of eight, with a checksum against misreading.
 * @param caFingerprint SHA-256 of the CA certificate
 */
export function writeEnrolmentToken(secret: Buffer, caFingerprint: Buffer): string {
  const body = Buffer.concat([secret, caFingerprint.subarray(0, PIN_BYTES)]);
  const text = base32Of(Buffer.concat([body, checksumOf(body)]));
  return text.match(new RegExp(`.{${GROUP}}`, 'g'))?.join('-') ?? text;
}

/** Reads a token; blanks, hyphens and lower case do not matter. */
export function readEnrolmentToken(text: string): TokenReading {
  const letters = text.toUpperCase().replaceAll(/[\s-]/g, '');
  const bytes = letters.length === TOKEN_LETTERS ? bytesOf(letters) : undefined;
  if (bytes === undefined) {
    return { kind: 'malformed', reason: `a token has ${TOKEN_LETTERS} letters A-Z and digits 2-7` };
  }
  const body = bytes.subarray(0, TOKEN_BYTES - CHECKSUM_BYTES);
  if (!checksumOf(body).equals(bytes.subarray(body.length))) {
    return { kind: 'malformed', reason: 'its checksum does not fit: a letter was misread or left out' };
  }
  const [secret, caPin] = [body.subarray(0, TOKEN_SECRET_BYTES), body.subarray(TOKEN_SECRET_BYTES)];
  return { kind: 'token', token: { secret, caPin } };
}

/** Whether a CA certificate's SHA-256 is the one the token pins. */
export function isPinned({ caPin }: EnrolmentToken, caFingerprint: Buffer): boolean {
  return caPin.equals(caFingerprint.subarray(0, PIN_BYTES));
}

function checksumOf(body: Buffer): Buffer {
  return createHash('sha256').update(body).digest().subarray(0, CHECKSUM_BYTES);
}

function base32Of(bytes: Buffer): string {
  let text = '';
  let [bits, held] = [0, 0];
  for (const byte of bytes) {
    bits = ((bits << 8) | byte) & 0xfff;
    for (held += 8; held >= 5; held -= 5) text += alphabet[(bits >> (held - 5)) & 31];
  }
  return text;
}

/** Undefined for a letter that is none of base32. */
function bytesOf(text: string): Buffer | undefined {
  const bytes: number[] = [];
  let [bits, held] = [0, 0];
  for (const letter of text) {
    const value = alphabet.indexOf(letter);
    if (value < 0) return undefined;
    bits = ((bits << 5) | value) & 0xfff;
    held += 5;
    if (held < 8) continue;
    held -= 8;
    bytes.push((bits >> held) & 0xff);
  }
  return Buffer.from(bytes);
}

import { commonPasswordWords } from './common-passwords.ts';

const MIN_PASSWORD_CHARS = 12;
const MAX_PASSWORD_CHARS = 128;

/** Written so that no two neighbours differ by more than one step: 123456789012, abcdefghijkl, aaaaaaaaaaaa. */
function isRun(text: string): boolean {
  let steps = 0;
  for (let at = 1; at < text.length; at += 1) {
    const step = text.charCodeAt(at) - text.charCodeAt(at - 1);
    // From 9 on to 0, as on a keyboard.
    if (Math.abs(step) <= 1 || step === -9) steps += 1;
  }
  return steps >= text.length - 2;
}

/** The shortest text that gives this one when repeated. */
function unitOf(text: string): string {
  for (let size = 1; size <= text.length / 2; size += 1) {
    const unit = text.slice(0, size);
    if (unit.repeat(Math.ceil(text.length / size)).startsWith(text)) return unit;
  }
  return text;
}

const letters: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
};

/** Every way to read it as a word: as it is, without what stands around it, and with signs taken as letters. */
function readingsOf(text: string): string[] {
  const bare = text.replaceAll(/^[^\p{L}]+|[^\p{L}]+$/gu, '');
  const spelt = bare.replaceAll(/[01345@$!7]/g, (sign) => letters[sign] ?? sign);
  const together = spelt.replaceAll(/[^\p{L}]/gu, '');
  return [text, bare, spelt, together].flatMap((reading) => [reading, unitOf(reading)]);
}

/**
 * What is wrong with a new password, in words; null when nothing is. Length counts, not signs: 12 characters or more, no
 * word of the lists with digits around it or repeated, no run of the keyboard, and not the user's own name.
 */
export function passwordFaultOf(password: string, userName: string): string | null {
  const chars = [...password.normalize('NFKC')].length;
  if (chars < MIN_PASSWORD_CHARS) return `must have at least ${MIN_PASSWORD_CHARS} characters`;
  if (chars > MAX_PASSWORD_CHARS) return `must have at most ${MAX_PASSWORD_CHARS} characters`;
  const text = password.normalize('NFKC').toLowerCase();
  const [localName = ''] = userName.normalize('NFKC').toLowerCase().split('@');
  if (localName.length >= 3 && text.includes(localName)) return 'must not contain the name of the user';
  if (new Set(text).size < 5 || isRun(text)) return 'must not be a row of the same or of neighbouring signs';
  if (readingsOf(text).some((reading) => commonPasswordWords.has(reading))) {
    return 'is one of the passwords that are tried first; take several words';
  }
  return null;
}

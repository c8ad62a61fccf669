/** Digits and letters that nobody takes for another when they are read out. */
const letters = '23456789ABCDEFGHJKMNPQRSTVWXYZ';
const LENGTH = 8;

/** What an applicant says on the telephone, such as `K7Q2-9XBD`. It opens nothing. */
export function makeReference(randomBytes: (size: number) => Buffer): string {
  let text = '';
  while (text.length < LENGTH) {
    // Five bits of a byte; those beyond the alphabet are left out, so that every letter is as likely.
    for (const byte of randomBytes(LENGTH)) text += letters[byte & 31] ?? '';
  }
  return `${text.slice(0, LENGTH / 2)}-${text.slice(LENGTH / 2, LENGTH)}`;
}

/**
 * What a spreadsheet would run instead of show: ASVS 1.2.10, and the same signs in full width, which some take for the
 * narrow ones. An apostrophe counts too, so that taking one off again gives back what was there.
 */
const wouldRun = /^[=+\-@\t\r\n'＝＋－＠]/u;

/** Text that no spreadsheet takes for a formula: an apostrophe stands before it where one might. */
export function inertText(text: string): string {
  return wouldRun.test(text) ? `'${text}` : text;
}

/** What {@link inertText} was made of: its apostrophe is taken off again, and no other. */
export function plainText(inert: string): string {
  return inert.startsWith("'") && wouldRun.test(inert.slice(1)) ? inert.slice(1) : inert;
}

/** When something holds: `[validFromMs, validToMs)`, null for without end. */
export interface Validity {
  validFromMs: number | null;
  validToMs: number | null;
}

/** Whether it holds at an instant: the first instant is in, the last is not. */
export function holdsAt({ validFromMs, validToMs }: Validity, atMs: number): boolean {
  return (validFromMs === null || validFromMs <= atMs) && (validToMs === null || atMs < validToMs);
}

/** A flag of the command line that cannot be taken; `message` says which and why. */
export class WrongFlagError extends Error {
  override readonly name = 'WrongFlagError';
  readonly code = 'wrong_flag';
}

/** Both halves of NAME=VALUE. @throws WrongFlagError */
export function halvesOf(flag: string, pair: string): [string, string] {
  const at = pair.indexOf('=');
  if (at < 1) throw new WrongFlagError(`${flag} is written NAME=VALUE, not "${pair}".`);
  return [pair.slice(0, at), pair.slice(at + 1)];
}

/** A number within limits, both included. @throws WrongFlagError */
export function numberOf(name: string, text: string, min: number, max: number, whole = false): number {
  const value = /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max) || (whole && !Number.isInteger(value))) {
    throw new WrongFlagError(
      `${name} must be a ${whole ? 'whole ' : ''}number from ${min} to ${max}, not "${text}".`,
    );
  }
  return value;
}

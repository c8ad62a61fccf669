/** Something that is not as it should be, and where. */
export interface Fault {
  /** Such as `line 2` or `entry gate-1/…/17`. */
  where: string;
  what: string;
}

/** A fault where two things differ that should be one; none where they are. */
export function differs(where: string, name: string, said: unknown, found: unknown): Fault[] {
  const [one, other] = [JSON.stringify(said), JSON.stringify(found)];
  return one === other
    ? []
    : [{ where, what: `${name} is ${one} on the bill, and ${other} by its evidence` }];
}

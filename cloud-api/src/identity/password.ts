import { hash, verify } from '@node-rs/argon2';

/** Argon2id as OWASP sets it: 19 MiB, two passes, one lane. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
/** More at a time only slow each other down, and hold 19 MiB each. */
const MAX_AT_ONCE = 2;
/** Beyond this the caller is told to come again: a crowd of guessers must not use up the memory. */
const MAX_WAITING = 64;

/** Passwords are compared as one form of Unicode, whatever keyboard they were typed on. */
const formOf = (password: string) => password.normalize('NFKC');

/** Hashes and checks passwords, a few at a time. */
export interface Passwords {
  hash(password: string): Promise<string | 'busy'>;
  /**
   * Takes as long for a user without a password, or for none at all, as for any other.
   * @param kept what is kept of the user; null when there is nothing to compare with
   */
  matches(password: string, kept: string | null): Promise<boolean | 'busy'>;
}

/** @param randomBytes for a hash that no password matches, which unknown users are compared with */
export async function makePasswords(randomBytes: (size: number) => Buffer): Promise<Passwords> {
  const nobodys = await hash(randomBytes(32), cost);
  let running = 0;
  const waiting: (() => void)[] = [];
  const inTurn = async <T>(work: () => Promise<T>): Promise<T | 'busy'> => {
    if (running >= MAX_AT_ONCE) {
      if (waiting.length >= MAX_WAITING) return 'busy';
      await new Promise<void>((go) => waiting.push(go));
    } else {
      running += 1;
    }
    try {
      return await work();
    } finally {
      // The place goes to the next one, or is given back.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
  return {
    hash: (password) => inTurn(() => hash(formOf(password), cost)),
    matches: (password, kept) =>
      inTurn(async () => {
        const isSame = await verify(kept ?? nobodys, formOf(password));
        return kept !== null && isSame;
      }),
  };
}

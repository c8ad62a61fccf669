/** Most tries of one piece of work; what fails that often fails for another reason. */
const MAX_TRIES = 5;

/**
 * What another transaction was in the way of: a serialization failure, a deadlock, a lock not given in time, a session that
 * another bill took meanwhile, and what changed under our hands. Done again from the beginning it is right.
 */
const passing = new Set(['40001', '40P01', '55P03', '23505', '23P01', 'changed_meanwhile']);

/** Does a whole transaction again when another one was in its way. @throws what the last try threw */
export async function withRetries<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : '';
      if (tries >= MAX_TRIES || !passing.has(code)) throw error;
    }
  }
}

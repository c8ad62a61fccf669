import {
  BrokenCircuitError,
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleType,
} from 'cockatiel';

/** How a dependency is treated: asked, asked once to see whether it is back, or not asked. */
export type DependencyState = 'closed' | 'half_open' | 'open';

/** Failures in a row that open a circuit, and how long it stays open before one call tries again. */
const MAX_FAILURES = 5;
const USUAL_OPEN_MS = 30_000;
/** Dependencies known at once; the one that was not asked for longest is forgotten first. */
const MAX_CIRCUITS = 500;

/** Keeps calls away from what has failed again and again, so that they fail at once and it can recover. */
export interface Circuits {
  /**
   * Makes a call of a dependency, unless its circuit is open.
   * @param isFailure whether an answer says that the dependency does not work
   * @returns the answer, of a failure too; undefined when it was not asked
   */
  call<T>(
    dependency: string,
    isFailure: (answer: T) => boolean,
    ask: () => Promise<T>,
  ): Promise<T | undefined>;
  /** Every dependency that was called, by name. */
  states(): ReadonlyMap<string, DependencyState>;
}

const words = new Map<CircuitState, DependencyState>([
  [CircuitState.Closed, 'closed'],
  [CircuitState.HalfOpen, 'half_open'],
  [CircuitState.Open, 'open'],
]);

/** What tells the breaker of a failure; the answer itself goes past it. */
class FailedAnswer extends Error {
  override readonly name = 'FailedAnswer';
}

/** @param openMs how long a circuit stays open, in milliseconds */
export function makeCircuits({ openMs = USUAL_OPEN_MS }: { openMs?: number } = {}): Circuits {
  const breakers = new Map<string, CircuitBreakerPolicy>();
  const breakerOf = (dependency: string) => {
    const found =
      breakers.get(dependency) ??
      circuitBreaker(handleType(FailedAnswer), {
        halfOpenAfter: openMs,
        breaker: new ConsecutiveBreaker(MAX_FAILURES),
      });
    breakers.delete(dependency);
    breakers.set(dependency, found);
    const [oldest] = breakers.keys();
    if (breakers.size > MAX_CIRCUITS && oldest !== undefined) breakers.delete(oldest);
    return found;
  };
  return {
    async call(dependency, isFailure, ask) {
      const got: { answer?: Awaited<ReturnType<typeof ask>> } = {};
      try {
        await breakerOf(dependency).execute(async () => {
          got.answer = await ask();
          if (isFailure(got.answer)) throw new FailedAnswer();
        });
      } catch (error) {
        if (!(error instanceof FailedAnswer) && !(error instanceof BrokenCircuitError)) throw error;
      }
      return got.answer;
    },
    states: () => new Map([...breakers].map(([name, { state }]) => [name, words.get(state) ?? 'open'])),
  };
}

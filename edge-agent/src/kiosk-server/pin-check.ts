import type { Clock } from '@weighgate/protocol';
import { MAX_PIN_FAILURES, type Operator, type Operators } from '../store/operators.ts';
import type { PinVerifier } from './pin-verifier.ts';

export type PinOutcome =
  | { kind: 'right'; operator: Operator }
  /** The name or the PIN: it is not said which. */
  | { kind: 'wrong' }
  | { kind: 'wait'; waitMs: number }
  | { kind: 'blocked' }
  /** It is not one of their days, or the cloud, whose operator this is, was not heard of for too long. */
  | { kind: 'not_valid' };

/** Checks a PIN as often as a person needs and a thief may not. */
export interface PinCheck {
  check(name: string, pin: string): Promise<PinOutcome>;
}

/** The longest wait between two tries. */
const MAX_WAIT_MS = 60_000;

/**
 * After the n-th wrong PIN in a row the next try waits 1, 2, 4 ... 60 s; after ten the operator is blocked. The failure
 * is on disk before the PIN is compared, and the wait is measured from the last try or, after a restart, from the start:
 * pulling the plug after each try gains nothing, and neither does setting the clock.
 * @param onBlocked ends what the operator has running
 */
export function pinCheck(
  operators: Operators,
  verifier: PinVerifier,
  clock: Clock,
  onBlocked: (operatorId: string) => void = () => undefined,
): PinCheck {
  const startedMs = clock.monotonicMs();
  /** When each operator's PIN was last tried; bounded by the number of operators. */
  const lastTryMs = new Map<string, number>();

  function waitMsOf({ operatorId, failures }: Operator): number {
    if (failures === 0) return 0;
    const delayMs = Math.min(MAX_WAIT_MS, 1000 * 2 ** (failures - 1));
    return (lastTryMs.get(operatorId) ?? startedMs) + delayMs - clock.monotonicMs();
  }

  function block(operatorId: Operator['operatorId']): void {
    operators.block(operatorId);
    onBlocked(operatorId);
  }

  return {
    async check(name, pin) {
      const operator = operators.named(name);
      if (operator === undefined) return { kind: 'wrong' };
      const { operatorId, failures } = operator;
      if (!operator.blocked && failures >= MAX_PIN_FAILURES) block(operatorId);
      if (operator.blocked || failures >= MAX_PIN_FAILURES) return { kind: 'blocked' };
      const waitMs = waitMsOf(operator);
      if (waitMs > 0) return { kind: 'wait', waitMs };

      operators.countFailure(operatorId);
      lastTryMs.set(operatorId, clock.monotonicMs());
      if (await verifier.matches(operator, pin)) {
        operators.clearFailures(operatorId);
        // Said only to who knows the PIN.
        if (!operator.valid) return { kind: 'not_valid' };
        return { kind: 'right', operator };
      }
      if (failures + 1 < MAX_PIN_FAILURES) return { kind: 'wrong' };
      block(operatorId);
      return { kind: 'blocked' };
    },
  };
}

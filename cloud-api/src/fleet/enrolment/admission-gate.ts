import type { Clock } from '@weighgate/protocol';

/** How long the answer for a device holds between two HELLOs. */
const HOLDS_MS = 10_000;
const MAX_DEVICES = 10_000;

/** Whether anything is taken from a device now. A HELLO always asks anew. */
export type AdmissionGate = (device: string, isHello: boolean) => Promise<boolean>;

/** Asks at every HELLO, and for what follows it at most every ten seconds, so that a revocation ends a running session too. */
export function admissionGate(ask: (device: string) => Promise<boolean>, clock: Clock): AdmissionGate {
  const answers = new Map<string, { admitted: boolean; atMs: number }>();
  return async (device, isHello) => {
    const known = answers.get(device);
    const isFresh = known !== undefined && clock.monotonicMs() - known.atMs < HOLDS_MS;
    if (isFresh && !isHello) return known.admitted;
    const admitted = await ask(device);
    answers.delete(device);
    answers.set(device, { admitted, atMs: clock.monotonicMs() });
    const [oldest] = answers.keys();
    if (answers.size > MAX_DEVICES && oldest !== undefined) answers.delete(oldest);
    return admitted;
  };
}

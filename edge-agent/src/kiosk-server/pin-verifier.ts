import { hash, verify } from '@node-rs/argon2';
import type { Operator } from '../store/operators.ts';

/** Argon2id as OWASP sets it: 19 MiB, two passes, one lane. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Makes and checks verifiers of PINs. */
export interface PinVerifier {
  verifierOf(pin: string): Promise<string>;
  /** Verifiers of the cloud are made without our pepper, which it does not have. */
  matches(operator: Pick<Operator, 'verifier' | 'origin'>, pin: string): Promise<boolean>;
}

/** @param pepper kept beside the database, never in it: from the database alone six digits cannot be searched for */
export function pinVerifier(pepper: string): PinVerifier {
  const secret = Buffer.from(pepper);
  return {
    verifierOf: (pin) => hash(pin, { ...cost, secret }),
    matches: ({ verifier, origin }, pin) => verify(verifier, pin, origin === 'cloud' ? {} : { secret }),
  };
}

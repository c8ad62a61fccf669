import { hash } from '@node-rs/argon2';

/** Argon2id as OWASP sets it: 19 MiB, two passes, one lane. The same as at the weighbridge. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** The verifier of a PIN; the PIN itself is kept nowhere. Devices check it offline, so there is no pepper in it. */
export function pinVerifierOf(pin: string): Promise<string> {
  return hash(pin, cost);
}

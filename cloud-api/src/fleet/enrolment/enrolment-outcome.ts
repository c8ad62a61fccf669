import type { EnrolmentAnswer } from '@weighgate/protocol';

/** Why a certificate is not issued. `bad_token` says nothing more to who asks: it may be somebody who guesses. */
export type EnrolmentRefusal = {
  kind: 'refused';
  code: 'bad_token' | 'bad_request' | 'not_admitted' | 'too_many';
  reason: string;
};

type Issued = Extract<EnrolmentAnswer, { kind: 'issued' }>;

/** What came of it, without the key that is the same for everybody. */
export type EnrolmentOutcome = Omit<Issued, 'cloudKey'> | Exclude<EnrolmentAnswer, Issued> | EnrolmentRefusal;

export function refuse(code: EnrolmentRefusal['code'], reason: string): EnrolmentRefusal {
  return { kind: 'refused', code, reason };
}

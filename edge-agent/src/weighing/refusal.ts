import { type Refusal, textOf } from '@weighgate/protocol';

export type { Refusal };

/** The refusal in English; `textOf` of the protocol has the other languages. */
export function refusalText(refusal: Refusal): string {
  return textOf(refusal, 'en');
}

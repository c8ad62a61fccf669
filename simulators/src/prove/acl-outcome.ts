import type { AclTarget } from './acl-target.ts';

/** `held`: the broker cannot refuse it, and the words say what makes it harmless all the same. */
export interface CaseOutcome {
  kind: 'refused' | 'held' | 'failed';
  words: string;
}

/** A fault of MQTT that has a name. */
export interface AclCase {
  id: string;
  what: string;
  run(target: AclTarget): Promise<CaseOutcome>;
}

export const refused = (words: string): CaseOutcome => ({ kind: 'refused', words });
export const held = (words: string): CaseOutcome => ({ kind: 'held', words });
export const failed = (words: string): CaseOutcome => ({ kind: 'failed', words });

/** Refused when it holds, failed otherwise. */
export const refusedIf = (holds: boolean, words: string, otherwise: string): CaseOutcome =>
  holds ? refused(words) : failed(otherwise);

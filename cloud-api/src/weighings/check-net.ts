import { isDeepStrictEqual } from 'node:util';
import { type JournalEntry, netOf } from '@weighgate/protocol';

type ClosedBody = Extract<JournalEntry, { kind: 'session.closed' }>['body'];

/** Whether the net an entry claims is the net its own weights and tares give. */
export type NetCheck = { kind: 'agrees' } | { kind: 'mismatch'; detail: string };

/** Computes the net again by the net rule, from nothing but the entry. */
export function checkNet(body: ClosedBody): NetCheck {
  const tareG = new Map(body.tares.map(({ container, tareG }) => [container, tareG]));
  if (tareG.size !== body.tares.length) return { kind: 'mismatch', detail: 'a container has two tares' };
  const computed = netOf(body.first, { grossG: body.weight.grossG, containers: body.containers }, tareG);
  if (isDeepStrictEqual(computed, body.net)) return { kind: 'agrees' };
  return {
    kind: 'mismatch',
    detail: `the entry says ${JSON.stringify(body.net)}, its weights give ${JSON.stringify(computed)}`,
  };
}

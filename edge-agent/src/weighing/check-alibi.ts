import type { AlibiChecked, AlibiOutcome } from '@weighgate/protocol';
import type { AlibiMemory, AlibiRecall } from './alibi-memory.ts';
import type { WeighingEntry } from './weighing-store.ts';

/** Looks a weighing up in the memories of the indicators that sent it. @returns one check for each of its scales */
export type CheckAlibi = (
  entry: WeighingEntry,
  trigger: AlibiChecked['trigger'],
  signal: AbortSignal,
) => Promise<AlibiChecked[]>;

/** Compares weights on record with what the indicators themselves keep. @param memoryOf of a scale, where it has one */
export function alibiChecker(
  memoryOf: (scaleId: string) => Pick<AlibiMemory, 'recall'> | undefined,
): CheckAlibi {
  return async ({ body: { weight, ticketNo } }, trigger, signal) => {
    const checks: AlibiChecked[] = [];
    for (const { scaleId, alibiId, grossG } of weight.parts ?? [weight]) {
      if (alibiId === undefined) continue;
      const recall = (await memoryOf(scaleId)?.recall(alibiId, signal)) ?? { kind: 'no_answer' };
      checks.push({
        weightId: weight.weightId,
        ticketNo,
        scaleId,
        alibiId,
        outcome: outcomeOf(recall, grossG),
        shown: recall.kind === 'recalled' ? recall.shown : null,
        trigger,
      });
    }
    return checks;
  };
}

function outcomeOf(recall: AlibiRecall, grossG: number): AlibiOutcome {
  if (recall.kind !== 'recalled') return recall.kind;
  return recall.grossG === grossG ? 'same' : 'differs';
}

import { readEntry } from '@weighgate/protocol';
import { readEdgeJournal } from '../src/demo/read-edge-journal.ts';

/** How many entries of each kind an agent's journal holds, after entry `afterSeq`. */
export function kindsIn(edgeDataDir: string, afterSeq = 0): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { seq, entryText } of readEdgeJournal(edgeDataDir).links) {
    if (seq <= afterSeq) continue;
    const reading = readEntry(entryText);
    if (reading.kind !== 'known') throw new Error(`entry ${seq} is not known here`);
    counts[reading.entry.kind] = (counts[reading.entry.kind] ?? 0) + 1;
  }
  return counts;
}

import type { Batch } from '@weighgate/protocol';

/** Whether a batch goes on exactly where another one ends. */
export function follows(batch: Batch, before: Batch): boolean {
  return (
    batch.device === before.device &&
    batch.incarnation === before.incarnation &&
    batch.from === before.to + 1 &&
    batch.previousHash === before.rows.at(-1)?.hash
  );
}

/** Two or more batches as one, longer than a message may be; undefined when one of them does not follow the one before. */
export function joinedBatch(batches: readonly Batch[]): Batch | undefined {
  const [first, ...others] = batches;
  const last = others.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const inOrder = batches.every((batch, i) => {
    const before = batches[i - 1];
    return before === undefined || follows(batch, before);
  });
  return inOrder ? { ...first, to: last.to, rows: batches.flatMap(({ rows }) => rows) } : undefined;
}

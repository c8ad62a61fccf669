import { expect, test } from 'vitest';
import { journalEntrySchema } from './journal-entry.ts';
import { stampedKinds } from './operator-entries.ts';

test('the kinds that carry a stamp are those whose body may say who acted and in which shift', () => {
  const mayCarry = journalEntrySchema.options
    .filter(({ shape }) => {
      const fields: Record<string, { safeParse(value: unknown): { success: boolean } }> = shape.body.shape;
      return fields.shiftId?.safeParse(undefined).success === true;
    })
    .map(({ shape }) => shape.kind.value);
  expect(new Set(mayCarry)).toEqual(stampedKinds);
});

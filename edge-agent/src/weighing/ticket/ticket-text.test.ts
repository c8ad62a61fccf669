import { languageSchema, withoutIsolates } from '@weighgate/protocol';
import { describe, expect, test } from 'vitest';
import { ticketOf } from './ticket.ts';
import { sampleRecord, sampleSite } from './ticket-samples.ts';
import { ticketText } from './ticket-text.ts';

const cases = languageSchema.options.flatMap((language) =>
  ([40, 48] as const).map((columns) => ({ language, columns })),
);

describe.each(cases)('a ticket as text in $language, $columns columns', ({ language, columns }) => {
  const record = {
    ...sampleRecord('session.closed-net-known'),
    copy: 2,
    provider: `Growers ${'x'.repeat(60)} ltd`,
  };
  const ticket = ticketOf(record, sampleSite, language);
  const text = ticketText(ticket, columns);
  const lines = withoutIsolates(text).trimEnd().split('\n');

  test('fits its paper, and every weight stands at the end of its line', () => {
    for (const line of lines) expect([...line].length).toBeLessThanOrEqual(columns);
    expect(lines.filter((line) => line.endsWith(' kg')).map((line) => [...line].length)).toEqual(
      Array(5).fill(columns),
    );
  });

  test('says all the ticket says', () => {
    const flat = lines.join('').replaceAll(/\s/g, '');
    for (const { label, value } of ticket.groups.flat()) {
      for (const part of [label, value]) expect(flat).toContain(withoutIsolates(part).replaceAll(/\s/g, ''));
    }
    expect(flat).toContain(ticket.payload);
    for (const mark of ticket.marks) expect(text).toContain(mark);
  });

  test('opens no isolate that it does not close on the same line', () => {
    for (const line of text.split('\n')) {
      expect(line.match(/[\u2066\u2068]/g)?.length ?? 0).toBe(line.match(/\u2069/g)?.length ?? 0);
    }
  });
});

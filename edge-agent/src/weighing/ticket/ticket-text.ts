import { isolatedName, withoutIsolates } from '@weighgate/protocol';
import type { Ticket, TicketLine } from './ticket.ts';

/** Characters in a line of receipt paper: 80 mm in the usual two sizes. */
export type TicketColumns = 40 | 48;

/**
 * The ticket as plain text in lines of at most `columns` characters, not counting isolates, which have no width. The
 * payload stands at the end in place of the QR code.
 */
export function ticketText(ticket: Ticket, columns: TicketColumns): string {
  const rule = '-'.repeat(columns);
  const lines = [
    centred(ticket.title, columns),
    ...ticket.marks.map((mark) => centred(`*** ${mark} ***`, columns)),
    ...ticket.groups.flatMap((group) => [rule, ...group.flatMap((line) => linesOf(line, ticket, columns))]),
    rule,
    ...chunksOf(ticket.payload, columns),
  ];
  return `${lines.join('\n')}\n`;
}

const widthOf = (text: string) => [...withoutIsolates(text)].length;

function centred(text: string, columns: number): string {
  return ' '.repeat(Math.max(0, Math.floor((columns - widthOf(text)) / 2))) + text;
}

/** Label and value at the two edges; a value that does not fit has the lines below to itself. */
function linesOf({ label, value }: TicketLine, { language }: Ticket, columns: number): string[] {
  const gap = columns - widthOf(label) - widthOf(value);
  if (gap >= 1) return [label + ' '.repeat(gap) + value];
  const rows = wrapped(withoutIsolates(value), columns - 2).map((row) => isolatedName(row, language));
  return [...wrapped(label, columns), ...rows.map((row) => ' '.repeat(columns - widthOf(row)) + row)];
}

/** Breaks at blanks, and inside a word only where it is longer than a line. */
function wrapped(text: string, width: number): string[] {
  const rows: string[] = [];
  for (const piece of text.split(' ').flatMap((word) => chunksOf(word, width))) {
    const last = rows.at(-1);
    if (last !== undefined && widthOf(last) + 1 + widthOf(piece) <= width)
      rows.splice(-1, 1, `${last} ${piece}`);
    else rows.push(piece);
  }
  return rows;
}

function chunksOf(text: string, width: number): string[] {
  const characters = [...text];
  const count = Math.max(1, Math.ceil(characters.length / width));
  return Array.from({ length: count }, (_, index) =>
    characters.slice(index * width, (index + 1) * width).join(''),
  );
}

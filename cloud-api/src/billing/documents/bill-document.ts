import { counted, isolatedName, isolatedNumber, type Language } from '@weighgate/protocol';
import type { FrozenBill, FrozenLine, FrozenSession } from '../frozen-bill.ts';
import type { StoredSession } from '../read-frozen-bill.ts';
import { type DocumentWords, documentWords } from './document-words.ts';
import { amountText, dayText, kgText, lastDayText, minuteText, rateText } from './figure-text.ts';
import { filledText } from './filled-text.ts';

/** A delivery, and the line of the bill it is on. */
export type BilledDelivery = Pick<StoredSession, 'session' | 'lineNo'>;

/** A label and what stands beside it. */
export interface DocumentFact {
  label: string;
  value: string;
}

/** `number`: on the right in every language, so that decimals stand below each other. `share` is of the page's width. */
export interface DocumentColumn {
  heading: string;
  align: 'start' | 'number';
  share: number;
}

export interface DocumentTable {
  title: string;
  columns: DocumentColumn[];
  rows: string[][];
}

/** What a bill says on paper, in one language. It is made of the frozen copy alone: every printing says the same. */
export interface BillDocument {
  language: Language;
  title: string;
  subtitle: string;
  facts: DocumentFact[];
  parties: { role: string; name: string; details: string[] }[];
  lines: DocumentTable;
  totals: (DocumentFact & { isStrong: boolean })[];
  notes: string[];
  /** Null where there are none, or more than a document holds. */
  deliveries: DocumentTable | null;
  /** On every page; `#` and `#` are its number and how many there are. */
  pageText: string;
  footer: string;
}

/** Most deliveries that are drawn: some 450 pages. */
export const MAX_DRAWN_DELIVERIES = 20_000;
const SHOWN_HASH_DIGITS = 16;

/**
 * Puts a frozen bill in words.
 * @param hash of its frozen copy
 * @param deliveries all of them in their order; null when they are more than {@link MAX_DRAWN_DELIVERIES}
 */
export function billDocumentOf(
  { bill, hash }: { bill: FrozenBill; hash: string },
  deliveries: readonly BilledDelivery[] | null,
  language: Language,
): BillDocument {
  const words = documentWords[language];
  const number = (text: string | number) => isolatedNumber(text, language);
  const name = (text: string) => isolatedName(text, language);
  const hasRows = deliveries !== null && deliveries.length > 0;
  return {
    language,
    title: words.kinds[bill.kind],
    subtitle: words.selfBilled,
    facts: factsOf(bill, words, { number, name }),
    parties: (['seller', 'buyer'] as const).map((role) => {
      const { name: called, taxId, address } = bill[role];
      const details = address === null ? [] : [name(address)];
      if (taxId !== null) details.push(filledText(words.taxId, number(taxId)));
      return { role: words[role], name: name(called), details };
    }),
    lines: linesOf(bill, deliveries ?? [], words, language),
    totals: totalsOf(bill, words, number),
    notes: [
      words.rounding[bill.rounding],
      ...(hasRows || deliveries === null ? [filledText(words.weightNote, number(bill.timeZone))] : []),
      ...(deliveries === null ? [words.tooMany] : []),
    ],
    deliveries: hasRows ? deliveriesOf(bill, deliveries, words, language) : null,
    pageText: words.page,
    footer: `${number(bill.numberText)}   ${filledText(words.frozenCopy, number(hash.slice(0, SHOWN_HASH_DIGITS)))}`,
  };
}

type Isolate = (text: string) => string;

function factsOf(
  bill: FrozenBill,
  words: DocumentWords,
  { number, name }: { number: Isolate; name: Isolate },
): DocumentFact[] {
  const { timeZone, period, allocation, agreement, corrects } = bill;
  const day = (instant: string) => dayText(instant, timeZone);
  const facts: DocumentFact[] = [
    { label: words.number, value: number(bill.numberText) },
    { label: words.issued, value: number(day(bill.issuedAt)) },
    { label: words.period, value: number(`${day(period.from)} – ${lastDayText(period.to, timeZone)}`) },
  ];
  if (allocation.state === 'granted') {
    facts.push({ label: words.allocation, value: number(allocation.number) });
  } else if (allocation.state === 'refused') {
    facts.push({
      label: words.allocation,
      value: filledText(words.allocationRefused, name(allocation.reason)),
    });
  }
  if (agreement !== null) {
    facts.push({
      label: words.agreement,
      value: `${name(agreement.reference)}, ${number(day(agreement.since))}`,
    });
  }
  if (corrects !== null) {
    facts.push(
      { label: words.corrects, value: `${number(corrects.numberText)}, ${number(day(corrects.issuedAt))}` },
      { label: words.reason, value: name(corrects.reason) },
    );
  }
  return facts;
}

function linesOf(
  bill: FrozenBill,
  deliveries: readonly BilledDelivery[],
  words: DocumentWords,
  language: Language,
): DocumentTable {
  const number = (text: string | number) => isolatedNumber(text, language);
  const tickets = new Map(deliveries.map(({ session }) => [session.id, session.ticketOut]));
  return {
    title: words.lines,
    columns: [
      { heading: '', align: 'start', share: 0.05 },
      { heading: words.description, align: 'start', share: 0.33 },
      { heading: words.deliveryCount, align: 'number', share: 0.12 },
      { heading: words.netKg, align: 'number', share: 0.14 },
      { heading: filledText(words.perKg, bill.currency), align: 'number', share: 0.12 },
      { heading: words.vat, align: 'number', share: 0.08 },
      { heading: filledText(words.amount, bill.currency), align: 'number', share: 0.16 },
    ],
    rows: bill.lines.map((line) => [
      number(line.no),
      descriptionOf(line, tickets, words, language),
      line.kind === 'produce' ? number(line.sessionCount) : '',
      line.kind === 'produce' ? number(kgText(line.netG)) : '',
      number(rateText(line.rate.perKgMinor, bill.currencyDecimals)),
      line.vat.kind === 'charged'
        ? number(`${line.vat.percent}%`)
        : line.vat.kind === 'exempt'
          ? words.exempt
          : '–',
      number(amountText(line.amountMinor, bill.currencyDecimals)),
    ]),
  };
}

function descriptionOf(
  line: FrozenLine,
  tickets: ReadonlyMap<string, string>,
  words: DocumentWords,
  language: Language,
): string {
  const number = (text: string) => isolatedNumber(text, language);
  const parts =
    line.kind === 'produce'
      ? [isolatedName(line.produce, language)]
      : [findingText(line.finding, words, language), number(tickets.get(line.sessionId) ?? line.sessionId)];
  if (line.corrects !== null) parts.push(filledText(words.correctsLine, number(String(line.corrects))));
  if (line.isLate) parts.push(words.late);
  return parts.join(', ');
}

function findingText(
  finding: Extract<FrozenLine, { kind: 'quality' }>['finding'],
  words: DocumentWords,
  language: Language,
): string {
  const number = (text: string) => isolatedNumber(text, language);
  switch (finding.kind) {
    case 'moisture':
      return filledText(
        words.moisture,
        number(`${finding.foundPercent}%`),
        number(`${finding.basePercent}%`),
      );
    case 'pound_solids':
      return filledText(
        words.poundSolids,
        number(`${finding.foundPercent}%`),
        number(`${finding.standardPercent}%`),
      );
    case 'deduction': {
      const said = `${number(`${finding.percent}%`)}, ${isolatedName(finding.reason, language)}`;
      return filledText(words.deduction, said);
    }
  }
}

function totalsOf(bill: FrozenBill, words: DocumentWords, number: Isolate): BillDocument['totals'] {
  const { totals, currency, currencyDecimals, vatGroups } = bill;
  const amount = (minor: string) => number(`${amountText(minor, currencyDecimals)} ${currency}`);
  return [
    { label: words.totalNet, value: filledText(words.kg, number(kgText(totals.netG))), isStrong: false },
    { label: words.subtotal, value: amount(totals.netMinor), isStrong: false },
    ...vatGroups.map(({ percent, baseMinor, vatMinor }) =>
      percent === null
        ? { label: words.exemptBase, value: amount(baseMinor), isStrong: false }
        : {
            label: filledText(words.vatOf, number(`${percent}%`)),
            value: amount(vatMinor),
            isStrong: false,
          },
    ),
    { label: words.total, value: amount(totals.totalMinor), isStrong: true },
  ];
}

function deliveriesOf(
  bill: FrozenBill,
  deliveries: readonly BilledDelivery[],
  words: DocumentWords,
  language: Language,
): DocumentTable {
  const number = (text: string | number) => isolatedNumber(text, language);
  const kg = (grams: number) => kgText(String(grams));
  return {
    title: counted(deliveries.length, words.deliveryCounts, language),
    columns: [
      { heading: words.line, align: 'start', share: 0.06 },
      { heading: words.weighedOut, align: 'start', share: 0.15 },
      { heading: words.ticket, align: 'start', share: 0.19 },
      { heading: words.truck, align: 'start', share: 0.13 },
      { heading: words.grossIn, align: 'number', share: 0.11 },
      { heading: words.grossOut, align: 'number', share: 0.11 },
      { heading: words.containers, align: 'number', share: 0.14 },
      { heading: words.net, align: 'number', share: 0.11 },
    ],
    rows: deliveries.map(({ session, lineNo }) => [
      number(lineNo),
      number(minuteText(session.weighedOutAt, bill.timeZone)),
      [
        number(
          session.ticketIn === session.ticketOut
            ? session.ticketOut
            : `${session.ticketIn} ${session.ticketOut}`,
        ),
        ...(session.marks.includes('MANUAL') ? [words.manual] : []),
      ].join(' '),
      isolatedName(session.truck, language),
      number(kg(session.first.grossG)),
      session.second === null
        ? number(session.storedTare === null ? '–' : `PT ${kg(session.storedTare.tareG)}`)
        : number(kg(session.second.grossG)),
      containersOf(session)
        .map(({ id, tareG }) => number(`${id} ${tareG === null ? '–' : kg(tareG)}`))
        .join(', '),
      number(kg(session.netG)),
    ]),
  };
}

/** Every container of a delivery once, whichever weighing it was declared at. */
function containersOf({ first, second }: FrozenSession) {
  const all = [...first.containers, ...(second?.containers ?? [])];
  return [...new Map(all.map((container) => [container.id, container])).values()];
}

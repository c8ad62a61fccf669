import {
  isoInstant,
  isolatedName,
  isolatedNumber,
  type JournalEntry,
  kgText,
  type Language,
  type Net,
  type TicketClaim,
  ticketPayloadOf,
} from '@weighgate/protocol';
import type { WeighingEntry } from '../weighing-store.ts';
import { type TicketWords, ticketWords } from './ticket-words.ts';
import { zonedTime } from './zoned-time.ts';

type NetCompletedEntry = Extract<JournalEntry, { kind: 'session.net_completed' }>;

/** What a ticket is made from: an entry of the journal, committed, and its hash in the chain. */
export interface TicketRecord {
  entry: WeighingEntry;
  hash: string;
  /** 1 for the first copy; null for the original. */
  copy: number | null;
  /** The first weighing of the session was given by a person: the net rests on it. */
  firstIsManual: boolean;
  /** The session counts no more: it was voided, or another took its place. */
  ended: 'voided' | 'superseded' | null;
  /** The net that was pending and is known now: the ticket is then its second issue. */
  completed: { entry: NetCompletedEntry; hash: string; issue: number } | null;
}

/** What a ticket says of the place it comes from. */
export interface TicketSite {
  name: string;
  /** IANA name. */
  timeZone: string;
  /** Product, version and, where known, its digest. */
  software: string;
  /** Min of a scale; null where it is not configured. */
  minKgOf(scaleId: string): number | null;
  /** The device's signature of a text, in base64url. */
  sign(text: string): string;
}

export interface TicketLine {
  label: string;
  value: string;
  /** A weight: what people look for first. */
  strong: boolean;
}

/** A ticket in one language, ready to be laid out. What differs between paper, page and screen is the layout alone. */
export interface Ticket {
  language: Language;
  ticketNo: string;
  /** The number, and which issue or copy it is: what its file or print job is called. */
  printName: string;
  title: string;
  /** VOID, MANUAL, COPY 2, BELOW MIN, POSITION NOT KNOWN, PENDING. */
  marks: readonly string[];
  /** Lines in groups, with a rule between. */
  groups: readonly (readonly TicketLine[])[];
  /** Text of the QR code. */
  payload: string;
}

/** The ticket of one weighing (LM-70). It is made from what was committed, so it says the same at every printing. */
export function ticketOf(record: TicketRecord, site: TicketSite, language: Language): Ticket {
  const { completed } = record;
  const entry = withNet(record.entry, completed);
  const { body, at } = entry;
  const words = ticketWords[language];
  const number = (text: string) => isolatedNumber(text, language);
  const name = (text: string) => isolatedName(text, language);
  const net = 'net' in entry.body ? entry.body.net : null;
  const claim = claimOf(entry, completed?.hash ?? record.hash);
  const notVerified = at.clock === 'synced' ? '' : ` (${words.timeNotVerified})`;
  const line = (label: string, value: string, strong = false): TicketLine => ({ label, value, strong });
  const whenKnown = (label: string, value: string | null) =>
    value === null ? [] : [line(label, name(value))];

  const what = [
    line(words.ticketNo, number(body.ticketNo)),
    line(words.time, number(zonedTime(body.weight.registeredAt, site.timeZone)) + notVerified),
    line(words.site, name(site.name)),
    line(words.scale, name(body.weight.scaleId)),
    ...instrumentLines(body.weight, words, language),
    ...whenKnown(words.truck, body.truck),
    ...whenKnown(words.produce, body.produce),
    ...whenKnown(words.provider, body.provider ?? null),
    ...(body.containers.length === 0 ? [] : [line(words.containers, body.containers.map(name).join(', '))]),
  ];
  const operator = body.weight.manual?.operator ?? body.operator ?? null;
  const who = [
    line(words.operator, operator === null ? words.unattended : name(operator)),
    ...whenKnown(words.secondPerson, body.weight.manual?.secondBy ?? null),
    ...whenKnown(words.reason, body.weight.manual?.reason ?? null),
    line(words.software, number(site.software)),
    line(words.verification, number(claim.hashPrefix)),
  ];
  return {
    language,
    ticketNo: body.ticketNo,
    printName: [
      body.ticketNo,
      ...(completed === null ? [] : [`issue-${completed.issue}`]),
      ...(record.copy === null ? [] : [`copy-${record.copy}`]),
    ].join('-'),
    title: words.title[directionOfEntry(entry)],
    marks: marksOf(record, site, net, words, language),
    groups: [
      what,
      weightLines(entry, claim, words, language, site.timeZone),
      ...(completed === null ? [] : [changeLines(record.entry, completed.entry, words, language, site)]),
      who,
    ],
    payload: ticketPayloadOf(claim, site.sign),
  };
}

/** Which instrument weighed, by its plate, and under which number it keeps the weight itself. */
function instrumentLines(
  { instrument, alibiId, parts }: WeighingEntry['body']['weight'],
  words: TicketWords,
  language: Language,
): TicketLine[] {
  const line = (label: string, text: string) => ({
    label,
    value: isolatedNumber(text, language),
    strong: false,
  });
  const alibiIds = [alibiId, ...(parts ?? []).map((part) => part.alibiId)].filter((id) => id !== undefined);
  const alibiLines = alibiIds.length === 0 ? [] : [line(words.alibiId, alibiIds.join(', '))];
  if (instrument === undefined) return alibiLines;
  const { serialNo, interval, minG, maxG } = instrument;
  const e = interval === null ? '-' : `${interval.value} ${interval.unit}`;
  return [
    ...(serialNo === null ? [] : [line(words.serialNo, serialNo)]),
    // Not a weight of this ticket: it must not stand where weights stand.
    line(words.limits, `${kgText(minG)} / ${kgText(maxG)} / e=${e}`),
    ...alibiLines,
  ];
}

function directionOfEntry({ kind }: WeighingEntry): 'in' | 'out' | 'single' {
  return kind === 'session.opened' ? 'in' : kind === 'weight.single' ? 'single' : 'out';
}

/** The weighing with the net that was completed later. */
function withNet(entry: WeighingEntry, completed: TicketRecord['completed']): WeighingEntry {
  if (entry.kind !== 'session.closed' || completed === null) return entry;
  const { net, tares } = completed.entry.body;
  return { ...entry, body: { ...entry.body, net, tares } };
}

/** What this issue says otherwise than the one before: the tares that came, and when. */
function changeLines(
  before: WeighingEntry,
  { at, body }: NetCompletedEntry,
  words: TicketWords,
  language: Language,
  { timeZone }: TicketSite,
): TicketLine[] {
  const netBefore = before.kind === 'session.closed' ? before.body.net : null;
  const waitingFor = netBefore?.kind === 'pending' ? netBefore.waitingFor : [];
  const arrived = body.tares.filter(({ container }) => waitingFor.includes(container));
  const when = isolatedNumber(zonedTime(isoInstant(at.wallMs), timeZone), language);
  return [
    { label: words.netCompleted, value: when, strong: false },
    ...arrived.map(({ container, tareG }) => ({
      label: `${words.tareArrived} ${isolatedName(container, language)}`,
      value: isolatedNumber(kgText(tareG), language),
      strong: false,
    })),
  ];
}

/** Tare on a ticket is all that is not goods, so that gross less tare is always net. */
function claimOf(entry: WeighingEntry, hash: string): TicketClaim {
  const { ticketNo, weight } = entry.body;
  const base = { ticketNo, weighedAt: weight.registeredAt, hashPrefix: hash.slice(0, 10) };
  if (entry.kind === 'session.one_pass') {
    const { netG } = entry.body.net;
    return { ...base, grossG: weight.grossG, tareG: weight.grossG - netG, netG };
  }
  if (entry.kind !== 'session.closed') return { ...base, grossG: weight.grossG, tareG: null, netG: null };
  const { first, net } = entry.body;
  if (net.kind === 'pending') return { ...base, grossG: first.grossG, tareG: null, netG: null };
  return { ...base, grossG: first.grossG, tareG: first.grossG - net.netG, netG: net.netG };
}

function marksOf(
  { entry, copy, completed, firstIsManual, ended }: TicketRecord,
  site: TicketSite,
  net: Net | null,
  words: TicketWords,
  language: Language,
): string[] {
  const { weight } = entry.body;
  const minKg = site.minKgOf(weight.scaleId);
  return [
    ...(ended === null ? [] : [words[ended]]),
    ...(weight.manual === undefined && !firstIsManual ? [] : [words.manual]),
    ...(completed === null
      ? []
      : [`${words.issue} ${isolatedNumber(completed.issue, language)}: ${words.netCompleted}`]),
    ...(copy === null ? [] : [`${words.copy} ${isolatedNumber(copy, language)}`]),
    ...(minKg !== null && weight.grossG < minKg * 1000 ? [words.belowMin] : []),
    ...(weight.position === 'unknown' ? [words.positionUnknown] : []),
    ...(net?.kind === 'pending' ? [words.pending] : []),
    ...(entry.body.masterData?.flags.includes('tares_stale') === true ? [words.staleTares] : []),
  ];
}

function weightLines(
  entry: WeighingEntry,
  { grossG, tareG, netG }: TicketClaim,
  words: TicketWords,
  language: Language,
  timeZone: string,
): TicketLine[] {
  const kg = (grams: number) => isolatedNumber(kgText(grams), language);
  const gross = { label: words.gross, value: kg(grossG), strong: true };
  const obtained = (value: string) => ({ label: words.tareObtained, value, strong: false });
  if (entry.kind === 'session.opened') return [gross, obtained(words.tareAtWeighingOut)];
  if (entry.kind === 'weight.single') return [gross, obtained(words.tareOfSingle)];
  if (entry.kind === 'session.one_pass') {
    const { storedTare, tares } = entry.body;
    const source = storedTare.kind === 'preset' ? words.tarePreset : words.tareStored;
    const containerLines = tares.map(({ container, tareG: grams }) => ({
      label: `${words.container} ${isolatedName(container, language)} (PT)`,
      value: kg(grams),
      strong: false,
    }));
    return [
      gross,
      { label: `${words.truck} (PT)`, value: kg(storedTare.tareG), strong: true },
      ...containerLines,
      { label: `${words.tare} (PT)`, value: tareG === null ? '' : kg(tareG), strong: true },
      { label: words.net, value: netG === null ? '' : kg(netG), strong: true },
      obtained(`${source} ${isolatedNumber(zonedTime(storedTare.setAt, timeZone).slice(0, 10), language)}`),
    ];
  }
  const { first, containers, tares, net, weight } = entry.body;
  const second = { label: words.secondWeight, value: kg(weight.grossG), strong: true };
  if (net.kind === 'pending') {
    const waitingFor = net.waitingFor.map((id) => isolatedName(id, language)).join(', ');
    return [
      gross,
      second,
      { label: words.net, value: words.pending, strong: true },
      { label: words.waitingFor, value: waitingFor, strong: false },
    ];
  }
  // A container that was on the deck both times is in both weights and changes no net.
  const preset = tares
    .map(({ container, tareG: grams }) => ({
      container,
      signedG:
        (Number(first.containers.includes(container)) - Number(containers.includes(container))) * grams,
    }))
    .filter(({ signedG }) => signedG !== 0)
    .map(({ container, signedG }) => ({
      label: `${words.container} ${isolatedName(container, language)} (PT)`,
      value: kg(signedG),
      strong: false,
    }));
  const tare = `${words.tare} (${preset.length === 0 ? 'T' : 'T + PT'})`;
  return [
    gross,
    second,
    ...preset,
    { label: tare, value: tareG === null ? '' : kg(tareG), strong: true },
    { label: words.net, value: netG === null ? '' : kg(netG), strong: true },
    obtained(preset.length === 0 ? words.tareWeighedOut : words.tareWithContainers),
  ];
}

import {
  type Certificate,
  type CertificateFacts,
  type CertificateFile,
  type CertificateRow,
  readCertificate,
} from '@weighgate/protocol';

/** What two files of certificates say together. */
export interface CertificateComparison {
  /** What both agree on, one line for each certificate of the device. */
  agreed: string[];
  /** Everything that is missing or is another, in words, naming entries and tickets. */
  gaps: string[];
}

/** Entries and tickets of one gap that are named; of more, the number. */
const MAX_NAMED = 20;

/** Compares what the device certified with what the cloud did. No gaps: every entry is in both, with the same text. */
export function compareCertificates(device: CertificateFile, cloud: CertificateFile): CertificateComparison {
  const agreed: string[] = [];
  const gaps: string[] = [];
  const incarnationOf = (certificate: Certificate) => {
    const reading = readCertificate(certificate);
    return reading.ok ? reading.statement.facts.incarnation : undefined;
  };
  for (const certificate of device.certificates) {
    const incarnation = incarnationOf(certificate);
    const others = cloud.certificates.filter((other) => incarnationOf(other) === incarnation);
    const found = comparePair(certificate, others[0]);
    if (found.kind === 'same') agreed.push(found.words);
    else gaps.push(...found.gaps);
  }
  const broken = cloud.certificates.flatMap((certificate) => {
    const reading = readCertificate(certificate);
    return reading.ok ? [] : [`a certificate of the cloud does not hold: ${reading.reason}`];
  });
  return { agreed, gaps: [...broken, ...gaps] };
}

type Pair = { kind: 'same'; words: string } | { kind: 'gaps'; gaps: string[] };

function comparePair(certificate: Certificate, other: Certificate | undefined): Pair {
  const own = readCertificate(certificate);
  if (!own.ok) return { kind: 'gaps', gaps: [`a certificate of the device does not hold: ${own.reason}`] };
  const { facts } = own.statement;
  const where = `of incarnation ${facts.incarnation}`;
  const gaps = ownGaps(facts, certificate.rows, 'device');
  if (other === undefined) {
    const missing = `${namesOf(certificate.rows)} ${where} ${areOf(certificate.rows)} at the device, and the cloud has nothing of that incarnation`;
    return { kind: 'gaps', gaps: [...gaps, missing] };
  }
  const theirs = readCertificate(other);
  if (!theirs.ok) return { kind: 'gaps', gaps };
  if (own.statement.by !== 'device')
    gaps.push("what is given as the device's certificate was made by the cloud");
  if (theirs.statement.by !== 'cloud')
    gaps.push("what is given as the cloud's certificate was made by a device");
  if (theirs.statement.facts.device !== facts.device) {
    gaps.push(`the device's is of ${facts.device}, the cloud's of ${theirs.statement.facts.device}`);
  }
  if (other.deviceKeys !== undefined && !other.deviceKeys.includes(certificate.publicKey)) {
    gaps.push(`the cloud knows no such key of the device: ${certificate.publicKey}`);
  }
  gaps.push(...ownGaps(theirs.statement.facts, other.rows, 'cloud'));
  gaps.push(...rowGaps(certificate.rows, other, where));
  if (gaps.length === 0) gaps.push(...figureGaps(facts, theirs.statement.facts));
  return gaps.length === 0 ? { kind: 'same', words: agreementOf(facts) } : { kind: 'gaps', gaps };
}

/** Entries that are at one side alone, are another, or are stored and not applied. */
function rowGaps(rows: readonly CertificateRow[], other: Certificate, where: string): string[] {
  const there = new Map(other.rows.map((row) => [row.seq, row]));
  const here = new Set(rows.map(({ seq }) => seq));
  const missing = rows.filter(({ seq }) => !there.has(seq));
  const extra = other.rows.filter(({ seq }) => !here.has(seq));
  const changed = rows.filter((row) => there.has(row.seq) && there.get(row.seq)?.text !== row.text);
  const gaps: string[] = [];
  if (missing.length > 0)
    gaps.push(`${namesOf(missing)} ${where} ${areOf(missing)} at the device and not in the cloud`);
  if (extra.length > 0)
    gaps.push(`${namesOf(extra)} ${where} ${areOf(extra)} in the cloud and not at the device`);
  if (changed.length > 0)
    gaps.push(
      `${namesOf(changed)} ${where} ${changed.length === 1 ? 'has' : 'have'} another text in the cloud than at the device`,
    );
  for (const { seq, reason } of other.notApplied ?? []) {
    const row = there.get(seq);
    if (row !== undefined)
      gaps.push(`${namesOf([row])} ${where}: stored in the cloud and not in its books: ${reason}`);
  }
  return gaps;
}

/** Entries that a side itself does not have between its first and its last. */
function ownGaps(
  facts: CertificateFacts,
  rows: readonly CertificateRow[],
  side: 'device' | 'cloud',
): string[] {
  const held = new Set(rows.map(({ seq }) => seq));
  const missing: CertificateRow[] = [];
  for (let seq = facts.firstSeq; seq <= facts.lastSeq && missing.length <= facts.entries; seq += 1) {
    if (!held.has(seq)) missing.push({ seq, text: '' });
  }
  return missing.length === 0 ? [] : [`the ${side} itself has no ${namesOf(missing)}`];
}

/** The same entries, and yet another figure: the two were not made by the same rules. */
function figureGaps(device: CertificateFacts, cloud: CertificateFacts): string[] {
  return (Object.keys(device) as (keyof CertificateFacts)[])
    .filter((name) => device[name] !== cloud[name])
    .map((name) => `${name}: ${device[name]} at the device, ${cloud[name]} in the cloud`);
}

function agreementOf(facts: CertificateFacts): string {
  const { firstSeq, lastSeq, weighings, grossG, netG, ticketsIssued, ticketsVoid } = facts;
  const kg = (grams: number) => `${grams / 1000} kg`;
  return (
    `entries ${firstSeq} to ${lastSeq} of ${facts.device} are complete: ${weighings} weighings, ${kg(grossG)} gross, ` +
    `${kg(netG)} net, ${ticketsIssued} tickets, ${ticketsVoid} of them void; head ${facts.headHash}`
  );
}

const areOf = (rows: readonly CertificateRow[]) => (rows.length === 1 ? 'is' : 'are');

/** `entries 3 to 5, 9 (tickets A, B)`. */
function namesOf(rows: readonly CertificateRow[]): string {
  const spans: { from: number; to: number }[] = [];
  for (const { seq } of rows) {
    const last = spans.at(-1);
    if (last !== undefined && last.to === seq - 1) last.to = seq;
    else spans.push({ from: seq, to: seq });
  }
  const tickets = rows.flatMap(({ ticketNo }) => ticketNo ?? []);
  const seqs = someOf(spans.map(({ from, to }) => (from === to ? `${from}` : `${from} to ${to}`)));
  const noun = rows.length === 1 ? 'entry' : 'entries';
  if (tickets.length === 0) return `${noun} ${seqs}`;
  return `${noun} ${seqs} (${tickets.length === 1 ? 'ticket' : 'tickets'} ${someOf(tickets)})`;
}

function someOf(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMED).join(', ');
  return names.length > MAX_NAMED ? `${shown} and ${names.length - MAX_NAMED} more` : shown;
}

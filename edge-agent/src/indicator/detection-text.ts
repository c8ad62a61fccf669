import { type WireSettings, wireText } from '../line/serial-settings.ts';
import type { FlatReading } from './decode-capture.ts';
import type { Candidate, Capture } from './detect.ts';

/** Bytes shown of what fits nothing. */
const SAMPLE_BYTES = 48;

/** The candidates as cells of a table for a person. */
export const candidateHead = ['#', 'frames', 'discarded', 'model', 'options', 'line', 'check', 'reads now'];

export function candidateRow(candidate: Candidate, index: number): string[] {
  return [
    String(index + 1),
    String(candidate.goodFrames),
    String(candidate.discardedBytes),
    candidate.model,
    optionsText(decidedOf(candidate)) || '-',
    settingsText(candidate.settings),
    candidate.isProtected ? 'checksum' : 'none',
    readingText(candidate.readings.at(-1)),
  ];
}

/** What cannot be told from these bytes, in words, one matter a line. Empty when nothing is open. */
export function openQuestions(candidates: readonly Candidate[]): string[] {
  const questions: string[] = [];
  const numbers = candidates.map((_, index) => index + 1).join(', ');
  const readings = new Set(candidates.map(({ readings }) => readingText(readings.at(-1))));
  if (candidates.length > 1 && readings.size > 1) {
    questions.push(
      `${numbers} read the same bytes differently (${[...readings].join('; ')}). These bytes cannot tell which is right: compare with the display of the indicator, and prove it with a known weight (commission).`,
    );
  } else if (candidates.length > 1) {
    questions.push(
      `${numbers} read these bytes alike. They differ in what has not been seen yet: let the weight move, go to zero, be tared, and detect again; commission proves the choice.`,
    );
  }
  for (const [index, candidate] of candidates.entries()) {
    const place = candidates.length > 1 ? `${index + 1} (${candidate.model})` : candidate.model;
    for (const [option, values] of Object.entries(candidate.undecided)) {
      questions.push(
        `${place}: these bytes do not decide ${option} (${values.join(' or ')}); all read them alike. Take it from the indicator's manual or menu and prove it (commission).`,
      );
    }
    if (candidate.readings.every((reading) => !('unit' in reading) || reading.unit === null)) {
      questions.push(
        `${place}: the bytes carry no unit. Read it from the indicator and set the option unit.`,
      );
    }
    if (candidate.settings.length > 1) {
      questions.push(
        `${place}: it reads alike at ${candidate.settings.map(settingText).join(', ')}. Take the line setting from the indicator's menu.`,
      );
    }
  }
  return questions;
}

/** What to say when bytes came and no model fits them. */
export function nothingFits(captures: readonly Capture[]): string[] {
  const heard = captures.filter(({ bytes }) => bytes.length > 0);
  return [
    'Bytes came and no model fits them.',
    ...heard.map(
      ({ setting, bytes }) =>
        `  ${settingText(setting)}: ${bytes.length} bytes: ${Buffer.from(bytes.subarray(0, SAMPLE_BYTES)).toString('hex')}`,
    ),
    "Check baud rate, data bits and parity in the indicator's menu, and that nothing else sends on this line.",
  ];
}

/** What to say when no byte came. */
export function nothingHeard(asked: boolean): string[] {
  return asked
    ? [
        'No byte came, asked or not. Check that the indicator is switched on, that the cable is connected and not crossed, and that its output is switched on.',
        "An indicator with an address answers only to its own: the questions went to address 1, or to none where that is usual. Look for the address in its menu, and set the model's option.",
      ]
    : [
        'No byte came. Either the indicator is off or not connected, or it sends only when it is asked.',
        'Run again with --ask to send it the questions of the known models. That writes to a device nobody has identified: be sure that nothing else listens on this line.',
      ];
}

function decidedOf({ options, undecided }: Candidate): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).filter(([key]) => !(key in undecided)));
}

function optionsText(options: Readonly<Record<string, unknown>>): string {
  return Object.entries(options)
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(' ');
}

/** In a table: the first, and how many more. */
function settingsText([first = null, ...more]: readonly (WireSettings | null)[]): string {
  return `${settingText(first)}${more.length === 0 ? '' : ` (or ${more.length} more)`}`;
}

function settingText(setting: WireSettings | null): string {
  return setting === null ? 'as it came' : wireText(setting);
}

function readingText(reading: FlatReading | undefined): string {
  if (reading === undefined || !('value' in reading)) return 'an answer, no weight';
  const { value, unit, stable, mode } = reading;
  if (value === null) return 'no usable weight';
  return [value, unit ?? '(no unit)', mode, stable === null ? null : stable === true ? 'stable' : 'moving']
    .filter((word) => word !== null)
    .join(' ');
}

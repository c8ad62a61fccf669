import { existsSync, readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Clock } from '@weighgate/protocol';
import { systemClock } from '@weighgate/protocol';
import { type Capture, rankModels } from './indicator/detect.ts';
import {
  candidateHead,
  candidateRow,
  nothingFits,
  nothingHeard,
  openQuestions,
} from './indicator/detection-text.ts';
import { enquiriesOf, lineSettingsOf } from './indicator/known-lines.ts';
import { models } from './indicator/models.ts';
import { LineError, type OpenLine } from './line/line.ts';
import { listenOn } from './line/listen.ts';
import { serialLine } from './line/serial-line.ts';
import { type WireSettings, wireText } from './line/serial-settings.ts';
import { tcpLine } from './line/tcp-line.ts';
import { textTable } from './text-table.ts';
import { UsageError } from './usage-error.ts';

/** What is to be listened to, and how. */
export interface DetectRequest {
  /** A path of a serial port, or `HOST:PORT`. */
  target: string;
  /** How long to listen at each line setting. */
  seconds: number;
  /** Baud rates to try; empty tries those of the known models. */
  baudRates: readonly number[];
  /** Whether questions may be sent to a device that says nothing. */
  ask: boolean;
  /** How long an answer to one question is waited for. */
  answerMs: number;
}

/**
 * `detect`: what speaks on a line.
 * @returns the exit code: 0 when exactly one candidate remains, 1 otherwise
 */
export async function detectCommand(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      seconds: { type: 'string', default: '3' },
      baud: { type: 'string', multiple: true, default: [] },
      ask: { type: 'boolean', default: false },
    },
  });
  const [target, ...more] = positionals;
  if (target === undefined || more.length > 0) throw new UsageError('Say where: detect PATH | HOST:PORT');
  const request = {
    target,
    seconds: numberIn('--seconds', values.seconds, 0.1, 600),
    baudRates: values.baud.map((text) => numberIn('--baud', text, 110, 921_600)),
    ask: values.ask,
    answerMs: 600,
  };
  try {
    return await detect(request, (line) => process.stdout.write(`${line}\n`), systemClock);
  } catch (error) {
    if (!(error instanceof LineError) || error.code !== 'line_not_found') throw error;
    throw new LineError(error.code, `${error.message}\n${portsHere()}`, { cause: error });
  }
}

const STABLE_NAMES = '/dev/serial/by-id';

/** The serial ports of this machine by their stable names, in words. */
function portsHere(): string {
  const names = existsSync(STABLE_NAMES) ? readdirSync(STABLE_NAMES) : [];
  return names.length === 0
    ? `No adapter is plugged in that has a name under ${STABLE_NAMES}.`
    : `Plugged in are:\n${names.map((name) => `  ${STABLE_NAMES}/${name}`).join('\n')}`;
}

/** Listens, ranks, and says what was found. @throws LineError when the line cannot be had */
export async function detect(
  { target, seconds, baudRates, ask, answerMs }: DetectRequest,
  say: (line: string) => void,
  clock: Clock,
): Promise<number> {
  const ways = waysTo(target, baudRates);
  const never = new AbortController().signal;
  const captures: Capture[] = [];
  if (ways.length > 1)
    say(
      `Listening at ${ways.length} line settings, ${seconds} s each: about ${Math.ceil(ways.length * seconds)} s.`,
    );
  for (const { setting, open } of ways) {
    const bytes = await listenOn(open, { durationMs: seconds * 1000 }, clock, never);
    say(`${setting === null ? target : wireText(setting)}: ${bytes.length} bytes in ${seconds} s`);
    captures.push({ setting, bytes });
  }
  const heard = () => captures.some(({ bytes }) => bytes.length > 0);
  if (!heard() && ask) {
    say('Nothing was heard. Now questions are written to the device:');
    captures.push(...(await askAll(ways, answerMs, say, clock)));
  }
  if (!heard()) {
    for (const line of nothingHeard(ask)) say(line);
    return 1;
  }
  const candidates = rankModels(captures, models);
  if (candidates.length === 0) {
    for (const line of nothingFits(captures)) say(line);
    return 1;
  }
  for (const line of textTable(candidateHead, candidates.map(candidateRow), [0, 1, 2])) say(line);
  for (const question of openQuestions(candidates)) say(question);
  say(
    candidates.length === 1
      ? 'One candidate remains. It is a proposal: commission proves it.'
      : `${candidates.length} candidates remain. None is chosen.`,
  );
  return candidates.length === 1 ? 0 : 1;
}

interface Way {
  setting: WireSettings | null;
  open: OpenLine;
}

function waysTo(target: string, baudRates: readonly number[]): Way[] {
  const [, host, port] = /^\[?([^/[\]]+)\]?:(\d{1,5})$/.exec(target) ?? [];
  if (host !== undefined && port !== undefined && !existsSync(target)) {
    if (baudRates.length > 0)
      throw new UsageError('--baud is for a serial port; a serial server sets its own');
    return [{ setting: null, open: tcpLine({ host, port: Number(port) }) }];
  }
  return lineSettingsOf(models, baudRates).map((setting) => ({
    setting,
    open: serialLine({ ...setting, path: target, rts: 'on', dtr: 'on' }),
  }));
}

/** Sends every question to the line, each at the settings its model is known with, a few times over. */
async function askAll(
  ways: readonly Way[],
  answerMs: number,
  say: (line: string) => void,
  clock: Clock,
): Promise<Capture[]> {
  const captures: Capture[] = [];
  for (const { setting, open } of ways) {
    for (const { bytes: question, names } of enquiriesOf(models, setting)) {
      say(
        `  ${setting === null ? '' : `${wireText(setting)} `}${question.toString('hex')} (${names.join(', ')})`,
      );
      const answers: Uint8Array[] = [];
      for (let round = 0; round < 4; round += 1) {
        const bytes = await answerTo(question, open, answerMs, clock);
        if (bytes instanceof LineError) {
          say(`    ${bytes.message}`);
          break;
        }
        if (bytes.length === 0) break;
        answers.push(bytes);
      }
      if (answers.length === 0) continue;
      const bytes = Buffer.concat(answers);
      say(`    answered with ${bytes.length} bytes`);
      captures.push({ setting, bytes });
    }
  }
  return captures;
}

/** What comes within `answerMs` of a question. A line that is lost then is an answer too: some hang up at what they do not know. */
async function answerTo(
  question: Uint8Array,
  open: OpenLine,
  answerMs: number,
  clock: Clock,
): Promise<Uint8Array | LineError> {
  try {
    const never = new AbortController().signal;
    return await listenOn(open, { durationMs: answerMs, say: question }, clock, never);
  } catch (error) {
    if (error instanceof LineError) return error;
    throw error;
  }
}

function numberIn(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (!(value >= min && value <= max)) throw new UsageError(`${name} ${text}: must be ${min} to ${max}`);
  return value;
}

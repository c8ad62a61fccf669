import type { Line, OpenLine } from './line.ts';
import { LineError } from './line.ts';
import { type ControlWires, type WireSettings, wireText } from './serial-settings.ts';
import { type TcpLineSettings, tcpLine } from './tcp-line.ts';
import { telnetData, telnetNegotiation, telnetReader, telnetSubnegotiation, type Verb } from './telnet.ts';

/** A serial port behind a serial server that speaks telnet with COM port control (RFC 2217). */
export type Rfc2217LineSettings = TcpLineSettings & WireSettings & ControlWires;

const BINARY = 0;
const SUPPRESS_GO_AHEAD = 3;
const COM_PORT = 44;

/** Codes of RFC 2217, section 3; the server answers each with the code plus 100. */
const SET_BAUDRATE = 1;
const SET_DATASIZE = 2;
const SET_PARITY = 3;
const SET_STOPSIZE = 4;
const SET_CONTROL = 5;
const ANSWER = 100;
const parityCodes = { none: 1, odd: 2, even: 3 } as const;
const dtrCodes = { on: 8, off: 9 } as const;
const rtsCodes = { on: 11, off: 12 } as const;

/** What we do and ask for: both directions in binary, no go-ahead, and our wish to control the port. */
const ours: readonly (readonly [Verb, number])[] = [
  ['WILL', COM_PORT],
  ['WILL', BINARY],
  ['DO', BINARY],
  ['WILL', SUPPRESS_GO_AHEAD],
  ['DO', SUPPRESS_GO_AHEAD],
];

/**
 * Opens a port of a serial server and sets it. The line is given out only when the server has confirmed every setting;
 * bytes that came before, perhaps at another baud rate, are thrown away.
 */
export function rfc2217Line(settings: Rfc2217LineSettings): OpenLine {
  const name = `rfc2217 ${settings.host}:${settings.port}`;
  return async (signal) => {
    const tcp = await tcpLine(settings)(signal);
    const abandon = () => void tcp.close();
    signal.addEventListener('abort', abandon, { once: true });
    try {
      signal.throwIfAborted();
      return await negotiatedLine(name, tcp, settings, signal);
    } catch (error) {
      await tcp.close();
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener('abort', abandon);
    }
  };
}

async function negotiatedLine(
  name: string,
  tcp: Line,
  settings: Rfc2217LineSettings,
  signal: AbortSignal,
): Promise<Line> {
  const wanted = requestsOf(settings);
  /** Codes of settings that the server has not confirmed yet. */
  const waitingFor = new Set(wanted.map(keyOf));
  let refusal: string | null = null;
  let agreed = false;
  let arrived: Uint8Array[] = [];
  const replies: Uint8Array[] = [];

  const reader = telnetReader({
    data: (bytes) => arrived.push(bytes),
    negotiate: (verb, option) => {
      if (option === COM_PORT && (verb === 'DONT' || verb === 'WONT'))
        refusal ??= 'the server does not control its port; if it is a raw serial server, use kind: tcp';
      if (option === BINARY && (verb === 'DONT' || verb === 'WONT'))
        refusal ??= 'the server does not pass all bytes on (no binary mode)';
      if (option === COM_PORT && verb === 'DO') agreed = true;
      const reply = replyTo(verb, option);
      if (reply !== null) replies.push(reply);
    },
    subnegotiate: (option, [code = 0, ...value]) => {
      if (option !== COM_PORT || code < ANSWER) return;
      const request = wanted.find((one) => keyOf(one) === keyOf([code - ANSWER, ...value]));
      if (request !== undefined) waitingFor.delete(keyOf(request));
      else if (code <= ANSWER + SET_STOPSIZE)
        refusal ??= `the server cannot set ${wireText(settings)}: it answered ${code} with ${value.join(' ')}`;
    },
  });

  const chunks = tcp[Symbol.asyncIterator]();
  /** One chunk through the reader; false when the line was closed by us. */
  async function readOn(): Promise<boolean> {
    const next = await chunks.next();
    if (next.done === true) return false;
    reader.push(next.value);
    for (const reply of replies.splice(0)) await tcp.write(reply);
    return true;
  }
  async function readUntil(isDone: () => boolean): Promise<void> {
    while (!isDone()) {
      if (refusal !== null) throw new LineError('line_refused', `${name} cannot be used: ${refusal}`);
      if (await readOn()) continue;
      signal.throwIfAborted();
      throw new LineError('line_lost', `${name} was closed while its port was being set`);
    }
  }

  for (const [verb, option] of ours) await tcp.write(telnetNegotiation(verb, option));
  await readUntil(() => agreed);
  for (const request of wanted) await tcp.write(telnetSubnegotiation(COM_PORT, Uint8Array.from(request)));
  await readUntil(() => waitingFor.size === 0);
  arrived = [];

  async function* bytes(): AsyncGenerator<Uint8Array> {
    do {
      for (const part of arrived.splice(0)) yield part;
    } while (await readOn());
  }

  return {
    name,
    [Symbol.asyncIterator]: bytes,
    write: (data) => tcp.write(telnetData(data)),
    close: tcp.close,
    [Symbol.asyncDispose]: tcp.close,
  };
}

/** One setting as it is asked: its code, then its value. */
type PortRequest = readonly number[];

function requestsOf({ baudRate, dataBits, parity, stopBits, rts, dtr }: Rfc2217LineSettings): PortRequest[] {
  const baud = new DataView(new ArrayBuffer(4));
  baud.setUint32(0, baudRate);
  return [
    [SET_BAUDRATE, ...new Uint8Array(baud.buffer)],
    [SET_DATASIZE, dataBits],
    [SET_PARITY, parityCodes[parity]],
    [SET_STOPSIZE, stopBits],
    ...(dtr === 'leave' ? [] : [[SET_CONTROL, dtrCodes[dtr]]]),
    ...(rts === 'leave' ? [] : [[SET_CONTROL, rtsCodes[rts]]]),
  ];
}

function keyOf(request: PortRequest): string {
  return request.join(' ');
}

/** What is asked of us and was not agreed by our own asking is declined; answers to our asking need none (RFC 1143). */
function replyTo(verb: Verb, option: number): Uint8Array | null {
  if (verb === 'DO') {
    const asked = ours.some(([own, ownOption]) => own === 'WILL' && ownOption === option);
    return asked ? null : telnetNegotiation('WONT', option);
  }
  if (verb === 'WILL') {
    if (option === COM_PORT) return telnetNegotiation('DO', option);
    const asked = ours.some(([own, ownOption]) => own === 'DO' && ownOption === option);
    return asked ? null : telnetNegotiation('DONT', option);
  }
  return null;
}

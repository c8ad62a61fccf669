/** Interpret as command: the byte that begins every telnet command, doubled where it is data (RFC 854). */
const IAC = 0xff;
const SE = 0xf0;
const SB = 0xfa;

/** The four words in which two ends agree about an option (RFC 854). */
export const verbs = { WILL: 0xfb, WONT: 0xfc, DO: 0xfd, DONT: 0xfe } as const;
export type Verb = keyof typeof verbs;

const verbOf = new Map<number, Verb>(Object.entries(verbs).map(([name, byte]) => [byte, name as Verb]));

/** What a telnet stream holds besides data. */
export interface TelnetSink {
  /** Bytes of the user, unescaped. */
  data(bytes: Uint8Array): void;
  negotiate(verb: Verb, option: number): void;
  subnegotiate(option: number, parameters: Uint8Array): void;
}

/** A longer subnegotiation than any of RFC 2217 needs; what follows is thrown away up to its end. */
const MAX_SUBNEGOTIATION_BYTES = 256;

/**
 * Takes a telnet stream apart, however it is split. Any bytes are accepted; commands that carry nothing for a serial
 * line, such as NOP, are left out.
 */
export function telnetReader(sink: TelnetSink): { push(chunk: Uint8Array): void } {
  let state: 'data' | 'command' | 'option' | 'sub' | 'subCommand' = 'data';
  let verb: Verb = 'WILL';
  let parameters: number[] = [];

  function push(chunk: Uint8Array): void {
    const data: number[] = [];
    const flush = () => {
      if (data.length > 0) sink.data(Uint8Array.from(data.splice(0)));
    };
    for (const byte of chunk) {
      switch (state) {
        case 'data':
          if (byte === IAC) state = 'command';
          else data.push(byte);
          break;
        case 'command': {
          const named = verbOf.get(byte);
          if (byte === IAC) data.push(byte);
          if (named !== undefined) verb = named;
          if (byte === SB) parameters = [];
          state = named !== undefined ? 'option' : byte === SB ? 'sub' : 'data';
          break;
        }
        case 'option':
          flush();
          sink.negotiate(verb, byte);
          state = 'data';
          break;
        case 'sub':
          if (byte === IAC) state = 'subCommand';
          else if (parameters.length < MAX_SUBNEGOTIATION_BYTES) parameters.push(byte);
          break;
        case 'subCommand':
          state = byte === SE ? 'data' : 'sub';
          if (byte === IAC && parameters.length < MAX_SUBNEGOTIATION_BYTES) parameters.push(byte);
          if (byte === SE && parameters.length > 0) {
            flush();
            const [option = 0, ...rest] = parameters;
            sink.subnegotiate(option, Uint8Array.from(rest));
          }
          break;
      }
    }
    flush();
  }

  return { push };
}

/** Data as it is sent over telnet: every FF doubled. */
export function telnetData(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(escaped(bytes));
}

export function telnetNegotiation(verb: Verb, option: number): Uint8Array {
  return Uint8Array.of(IAC, verbs[verb], option);
}

export function telnetSubnegotiation(option: number, parameters: Uint8Array): Uint8Array {
  return Uint8Array.of(IAC, SB, option, ...escaped(parameters), IAC, SE);
}

function escaped(bytes: Uint8Array): number[] {
  return [...bytes].flatMap((byte) => (byte === IAC ? [IAC, IAC] : [byte]));
}

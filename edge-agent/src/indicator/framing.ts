/** How a protocol marks its frames. */
export type Framing = MarkedFraming | LineFraming;

/** What is known of a connection beside its protocol. */
export interface Connection {
  /** Whether the first byte is known to begin a frame; a line that was just opened is not. Default false. */
  aligned?: boolean;
  /**
   * Bytes come with a parity bit where data is expected (7E1 read as 8N1): their eighth bit is cleared. Better is to
   * set the port to 7E1, so that it checks the parity. Default false.
   */
  stripParity?: boolean;
}

/** Frames that can be recognised where they start: by a start byte, a length, a checksum. */
export interface MarkedFraming {
  kind: 'marked';
  /** Longest possible frame. Nothing longer is ever held back. */
  maxBytes: number;
  /** First byte of every frame, when there is one: lets the framer leap to it. */
  startByte: number | null;
  /**
   * Looks for a whole frame at `offset`, before `end`. Pure.
   * @returns its length when one stands there, 0 when more bytes are needed to tell, -1 when none can start here
   */
  frameAt(bytes: Uint8Array, offset: number, end: number): number;
}

/**
 * Lines of text without a start mark. After the line is opened the first one may have lost its beginning and still look
 * right (`2340` cut from `12340`), so it is thrown away.
 */
export interface LineFraming {
  kind: 'lines';
  terminator: '\r\n' | '\r' | '\n' | '=';
  /** Longest possible line with its terminator. */
  maxBytes: number;
}

/** Frames of one length between a start byte and fixed later bytes. */
export function fixedFrames({
  startByte,
  length,
  marks,
  accepts,
}: {
  startByte: number;
  length: number;
  /** Bytes that must stand at a place of the frame, such as its end mark: `[offset, byte]`. */
  marks: readonly (readonly [number, number])[];
  /** A further proof, such as the checksum over `bytes[offset .. offset + length)`. */
  accepts?: (bytes: Uint8Array, offset: number) => boolean;
}): MarkedFraming {
  return {
    kind: 'marked',
    maxBytes: length,
    startByte,
    frameAt(bytes, offset, end) {
      if (end - offset < length) return 0;
      for (const [at, byte] of marks) if (bytes[offset + at] !== byte) return -1;
      return accepts === undefined || accepts(bytes, offset) ? length : -1;
    },
  };
}

/** Frames from a start byte to the first end byte after it. A second start byte before that begins a new frame. */
export function delimitedFrames({
  startByte,
  endByte,
  maxBytes,
}: {
  startByte: number;
  endByte: number;
  maxBytes: number;
}): MarkedFraming {
  return {
    kind: 'marked',
    maxBytes,
    startByte,
    frameAt(bytes, offset, end) {
      const limit = Math.min(end, offset + maxBytes);
      for (let at = offset + 1; at < limit; at += 1) {
        if (bytes[at] === endByte) return at - offset + 1;
        if (bytes[at] === startByte) return -1;
      }
      return limit - offset < maxBytes ? 0 : -1;
    },
  };
}

import assert from 'node:assert/strict';

/** How a protocol marks its frames. Pure data and one pure function. */
export interface Framing {
  /** Longest possible frame. Nothing longer is ever held back. */
  maxBytes: number;
  /** First byte of every frame, when there is one: lets the framer leap to it. */
  startByte: number | null;
  /**
   * Looks for a whole frame at `offset`, before `end`.
   * @returns its length when one stands there, 0 when more bytes are needed to tell, -1 when none can start here
   */
  frameAt(bytes: Uint8Array, offset: number, end: number): number;
}

/** Where the framer puts what it cuts. Both get views that are valid only during the call, except `frame`, a copy. */
export interface FramerSink {
  frame(frame: Uint8Array): void;
  /** Bytes that belong to no frame: never silently thrown away. */
  discarded(bytes: Uint8Array): void;
}

export interface Framer {
  /** Cuts the next chunk, however the line happened to split it. */
  push(chunk: Uint8Array): void;
  /** Bytes held back for a frame that is not complete yet; always fewer than the longest frame. */
  pendingBytes(): number;
  /** Discards what is held back: the line was lost, and what comes next does not go on from it. */
  dropPending(): void;
}

/**
 * Cuts bytes into frames. After a place where no frame can start, exactly one byte is dropped and the search goes on,
 * so that a frame is found inside the ruins of another.
 */
export function framerOf(framing: Framing, sink: FramerSink): Framer {
  let pending: Uint8Array = new Uint8Array(0);

  function push(chunk: Uint8Array): void {
    const bytes = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    const end = bytes.length;
    let offset = 0;
    let discardFrom = 0;
    const flushDiscarded = () => {
      if (discardFrom < offset) sink.discarded(bytes.subarray(discardFrom, offset));
    };
    while (offset < end) {
      if (framing.startByte !== null && bytes[offset] !== framing.startByte) {
        const next = bytes.indexOf(framing.startByte, offset);
        offset = next === -1 ? end : next;
        continue;
      }
      const length = framing.frameAt(bytes, offset, end);
      if (length === 0) break;
      if (length < 0) {
        offset += 1;
        continue;
      }
      flushDiscarded();
      sink.frame(copyOf(bytes, offset, offset + length));
      offset += length;
      discardFrom = offset;
    }
    flushDiscarded();
    assert(end - offset < framing.maxBytes, 'a framing must decide within its longest frame');
    pending = copyOf(bytes, offset, end);
  }

  return {
    push,
    pendingBytes: () => pending.length,
    dropPending: () => {
      if (pending.length > 0) sink.discarded(pending);
      pending = new Uint8Array(0);
    },
  };
}

/** Not `slice`: of a Buffer that is a view, and would hold on to the whole pool the line read into. */
function copyOf(bytes: Uint8Array, from: number, to: number): Uint8Array {
  return new Uint8Array(bytes.subarray(from, to));
}

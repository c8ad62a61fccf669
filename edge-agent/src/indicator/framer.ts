import assert from 'node:assert/strict';
import type { Connection, Framing, MarkedFraming } from './framing.ts';
import { lineFramerOf } from './line-framer.ts';

/** Where the framer puts what it cuts. */
export interface FramerSink {
  /** One whole frame, a copy that may be kept. */
  frame(frame: Uint8Array): void;
  /** Bytes that belong to no frame: never silently thrown away. A view that is valid only during the call. */
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

/** Cuts what comes over one connection. */
export function framerOf(
  framing: Framing,
  sink: FramerSink,
  { aligned = false, stripParity = false }: Connection = {},
): Framer {
  const framer =
    framing.kind === 'lines' ? lineFramerOf(framing, sink, aligned) : markedFramerOf(framing, sink);
  if (!stripParity) return framer;
  return { ...framer, push: (chunk) => framer.push(chunk.map((byte) => byte & 0x7f)) };
}

/**
 * After a place where no frame can start, exactly one byte is dropped and the search goes on, so that a frame is found
 * inside the ruins of another.
 */
function markedFramerOf(framing: MarkedFraming, sink: FramerSink): Framer {
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

/**
 * A copy of its own, also of a Buffer, whose `slice` is a view that would hold on to the whole pool behind it. Byte by
 * byte: for the few bytes of a frame that is faster than any call that copies.
 */
function copyOf(bytes: Uint8Array, from: number, to: number): Uint8Array {
  const copy = new Uint8Array(to - from);
  for (let at = from; at < to; at += 1) copy[at - from] = bytes[at] as number;
  return copy;
}

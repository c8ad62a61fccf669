import { strict as assert } from 'node:assert';
import type { Clock } from '@weighgate/protocol';
import type { Indication, IndicatorButton } from './indicator-simulator/indicator.ts';
import type { IndicatorPanel, SimulatedProtocol } from './indicator-simulator/simulated-protocol.ts';
import type { FrameSink, FrameSource } from './weighbridge.ts';

/** More lines than any indicator drives. */
const MAX_LINES = 64;
/** Longer than any request; what is more without an end is noise. */
const MAX_REQUEST_BYTES = 512;
/** A request that was begun and not finished is forgotten when the line has been quiet for this long. */
const REQUEST_GAP_MS = 500;

/** A protocol as one indicator is set up to speak it. */
export interface IndicatorSpeech {
  protocol: SimulatedProtocol;
  /** Of the protocol. Default the usual model. */
  options?: Readonly<Record<string, unknown>>;
  /** Whether frames come by themselves. Default as the protocol has it. */
  sending?: 'continuous' | 'demand';
}

/** The lines of one indicator. */
export interface IndicatorLines extends Required<FrameSource> {
  /** Sends what is shown now to every line that gets frames without asking. */
  sendFrame(): void;
  close(): void;
}

interface Line {
  streams: boolean;
  waiting: Uint8Array;
  heardMs: number;
}

/** Puts an indicator on lines: frames out, requests in, each line answered for itself. */
export function openIndicatorLines(
  { protocol, options = {}, sending = protocol.mode }: IndicatorSpeech,
  indicator: { indication(): Indication; press(button: IndicatorButton): 'done' | 'refused' },
  clock: Clock,
): IndicatorLines {
  protocol.options.parse(options);
  const lines = new Map<FrameSink, Line>();

  const answerAll = (sink: FrameSink, line: Line) => {
    const panel: IndicatorPanel = {
      get indication() {
        return indicator.indication();
      },
      press: (button) => indicator.press(button),
      stream: (on) => {
        line.streams = on;
      },
    };
    for (;;) {
      const length = protocol.requestLength(line.waiting, options);
      if (length === 0) return;
      const request = line.waiting.slice(0, length);
      line.waiting = line.waiting.slice(length);
      const answer = protocol.answer(request, panel, options);
      if (answer !== null) sink(answer);
    }
  };

  return {
    attach(sink) {
      assert(lines.size < MAX_LINES, 'too many lines on one indicator');
      lines.set(sink, { streams: false, waiting: new Uint8Array(), heardMs: 0 });
      return () => lines.delete(sink);
    },

    hear(sink, bytes) {
      const line = lines.get(sink);
      if (line === undefined) return;
      const nowMs = clock.monotonicMs();
      const begun = nowMs - line.heardMs > REQUEST_GAP_MS ? new Uint8Array() : line.waiting;
      line.heardMs = nowMs;
      line.waiting = Uint8Array.from([...begun, ...bytes]).slice(-MAX_REQUEST_BYTES);
      answerAll(sink, line);
    },

    sendFrame() {
      const indication = indicator.indication();
      const listening = [...lines].filter(([, { streams }]) => streams || sending === 'continuous');
      if (listening.length === 0) return;
      const frame = protocol.encode(indication, options);
      if (frame === null) return;
      for (const [sink] of listening) sink(frame);
    },

    close: () => lines.clear(),
  };
}

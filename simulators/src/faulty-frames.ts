import { faultyLine, type LineFaults } from './faulty-line.ts';
import type { Random } from './random.ts';
import type { FrameSink, FrameSource } from './weighbridge.ts';

/** The same frames over lines that behave as badly as told, each line in its own way. What is asked arrives unharmed. */
export function faultyFrames(source: FrameSource, random: Random, faults: LineFaults): FrameSource {
  const behind = new Map<FrameSink, FrameSink>();
  let linesSoFar = 0;
  return {
    attach(sink) {
      linesSoFar += 1;
      const line = faultyLine(random.fork(`line ${linesSoFar}`), faults);
      const damaged: FrameSink = (frame) => {
        for (const chunk of line(frame)) sink(chunk);
      };
      behind.set(sink, damaged);
      const detach = source.attach(damaged);
      return () => {
        behind.delete(sink);
        detach();
      };
    },
    hear(sink, bytes) {
      const damaged = behind.get(sink);
      if (damaged !== undefined) source.hear?.(damaged, bytes);
    },
  };
}

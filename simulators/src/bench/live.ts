import { systemClock } from '@weighgate/protocol';
import { measureLatencies } from './live-latency.ts';
import { measureMemory } from './live-memory.ts';
import { type BenchResult, percentileOf } from './result.ts';

/** What the agent may have resident with eight scales. */
const MAX_RSS_MB = 130;

/** Bytes in to reading out with eight scales at 20 Hz, and the memory of the agent program. Needs Linux, and 45 s. */
export async function benchLive(): Promise<BenchResult[]> {
  const { readings, bare } = await measureLatencies(systemClock);
  const { idleMb, eightScalesMb } = await measureMemory(systemClock);
  return [
    {
      name: 'live',
      value: percentileOf(bare, 99) / percentileOf(readings, 99),
      goal: 0.5,
      details: [
        `bytes written to reading out, 8 scales at 20 Hz over TCP: ${latencyText(readings)}`,
        `the same bytes at a bare socket: ${latencyText(bare)}`,
      ],
    },
    {
      name: 'live-rss',
      value: MAX_RSS_MB / eightScalesMb,
      goal: 1,
      details: [
        `the agent program, one scale that does not answer: ${idleMb.toFixed(0)} MB resident at most`,
        `with 8 scales at 20 Hz: ${eightScalesMb.toFixed(0)} MB resident at most, ${MAX_RSS_MB} MB allowed`,
      ],
    },
  ];
}

function latencyText(latenciesMs: readonly number[]): string {
  const [p50, p99] = [percentileOf(latenciesMs, 50), percentileOf(latenciesMs, 99)];
  return `p50 ${p50.toFixed(3)} ms, p99 ${p99.toFixed(3)} ms, ${latenciesMs.length} frames`;
}

import { once } from 'node:events';
import { connect } from 'node:net';
import { indicatorOf } from '@weighgate/edge-agent/src/indicator/models.ts';
import { readIndicator } from '@weighgate/edge-agent/src/indicator/read-indicator.ts';
import { defaultKeepLineRule, keepLine } from '@weighgate/edge-agent/src/line/kept-line.ts';
import { tcpLine } from '@weighgate/edge-agent/src/line/tcp-line.ts';
import type { Clock } from '@weighgate/protocol';
import { pino } from 'pino';
import { seededRandom } from '../random.ts';
import type { FrameSource } from '../weighbridge.ts';
import { serveWeighbridgeOverTcp } from '../weighbridge-tcp.ts';
import { FRAME_INTERVAL_MS, type LiveScale, startLiveScales } from './live-scales.ts';

const HOST = '127.0.0.1';
const WARM_UP_MS = 3000;
const MEASURED_MS = 20_000;
const LEAST_SHARE_READ = 0.99;
/** Within the 6.25 ms from the beat of one scale to that of the next, each kind of write has a time of its own. */
const READER_AFTER_MS = 2;
const BARE_AFTER_MS = FRAME_INTERVAL_MS / 2 + 4;

/** From a frame written to a socket until it came out at the other end, in ms, one for each frame. */
export interface Latencies {
  readings: readonly number[];
  /** The same frames at a bare socket's `data`. */
  bare: readonly number[];
}

/**
 * Eight scales at 20 Hz over TCP, read as the agent reads them, and each frame a second time, later, to a
 * bare socket: the same bytes under the same load, and neither waits for the other.
 */
export async function measureLatencies(clock: Clock): Promise<Latencies> {
  const readings: number[] = [];
  const bare: number[] = [];
  await using undo = new AsyncDisposableStack();
  const { scales } = undo.use(await startLiveScales(clock));
  for (const [index, scale] of scales.entries()) {
    undo.use(await readScale(scale, index, clock, (latencyMs) => readings.push(latencyMs)));
    undo.use(await hearScale(scale, clock, (latencyMs) => bare.push(latencyMs)));
  }
  await clock.sleep(WARM_UP_MS);
  readings.length = 0;
  bare.length = 0;
  await clock.sleep(MEASURED_MS);
  // A reader that lost its line would be measured by the few frames that it did read.
  if (readings.length < bare.length * LEAST_SHARE_READ)
    throw new Error(`${readings.length} readings came of ${bare.length} frames`);
  return { readings: [...readings], bare: [...bare] };
}

type OnLatency = (latencyMs: number) => void;

/** The agent's way from the socket to the reading. Frames that never become a reading stay in `writtenAtMs`, and show there. */
async function readScale(
  { weighbridge, indicator }: LiveScale,
  seed: number,
  clock: Clock,
  onLatency: OnLatency,
): Promise<AsyncDisposable> {
  const writtenAtMs = new Map<string, number>();
  const noted = delayed(weighbridge, READER_AFTER_MS, clock, (frame) =>
    writtenAtMs.set(hexOf(frame), clock.monotonicMs()),
  );
  await using undo = new AsyncDisposableStack();
  const { port } = undo.use(await serveWeighbridgeOverTcp(noted, { host: HOST, port: 0 }));
  const closing = new AbortController();
  const log = pino({ level: 'silent' });
  const events = keepLine(
    tcpLine({ host: HOST, port }),
    defaultKeepLineRule,
    { clock, random: seededRandom(seed).next, log },
    closing.signal,
  );
  const { done } = readIndicator(
    events,
    indicatorOf(indicator),
    ({ frame }) => {
      const nowMs = clock.monotonicMs();
      const key = hexOf(frame);
      const wroteMs = writtenAtMs.get(key);
      if (wroteMs === undefined) throw new Error('a frame was read that was never written');
      writtenAtMs.delete(key);
      onLatency(nowMs - wroteMs);
    },
    { clock, log },
  );
  undo.defer(async () => {
    closing.abort();
    await done;
  });
  const running = undo.move();
  return { [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** The same bytes at a bare socket, counted: a frame has come when its last byte has. */
async function hearScale(
  { weighbridge }: LiveScale,
  clock: Clock,
  onLatency: OnLatency,
): Promise<AsyncDisposable> {
  const written: { endsAt: number; atMs: number }[] = [];
  let [sentBytes, heardBytes] = [0, 0];
  const noted = delayed(weighbridge, BARE_AFTER_MS, clock, (frame) => {
    sentBytes += frame.length;
    written.push({ endsAt: sentBytes, atMs: clock.monotonicMs() });
  });
  await using undo = new AsyncDisposableStack();
  const { port } = undo.use(await serveWeighbridgeOverTcp(noted, { host: HOST, port: 0 }));
  const socket = connect({ host: HOST, port, noDelay: true });
  undo.defer(() => {
    socket.destroy();
  });
  await once(socket, 'connect');
  socket.on('data', (bytes) => {
    const nowMs = clock.monotonicMs();
    heardBytes += bytes.length;
    while (written[0] !== undefined && written[0].endsAt <= heardBytes)
      onLatency(nowMs - (written.shift()?.atMs ?? nowMs));
  });
  const running = undo.move();
  return { [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** Frames a while after they were made, so that nothing but the write happens in that turn of the event loop. */
function delayed(
  weighbridge: FrameSource,
  delayMs: number,
  clock: Clock,
  onWrite: (frame: Uint8Array) => void,
): FrameSource {
  return {
    attach: (sink) =>
      weighbridge.attach(async (frame) => {
        await clock.sleep(delayMs);
        onWrite(frame);
        sink(frame);
      }),
  };
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

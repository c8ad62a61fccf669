import type { Clock } from '@weighgate/protocol';
import { kgWords, type Say } from '../demo/say.ts';
import { faultyFrames } from '../faulty-frames.ts';
import { indicationFaults } from '../indication-faults.ts';
import type { Indication } from '../indicator-simulator/indicator.ts';
import { countsOf, textOf } from '../indicator-simulator/wire-weight.ts';
import { openPluggableLine, type PluggableLine } from '../pluggable-line.ts';
import { openPtyPair } from '../pty-pair.ts';
import { type Random, seededRandom } from '../random.ts';
import { deliveriesOf, siteOf } from '../site.ts';
import { type FrameSource, startWeighbridge, type Weighbridge } from '../weighbridge.ts';
import { serveWeighbridgeOverSerial } from '../weighbridge-serial.ts';
import { serveWeighbridgeOverTcp } from '../weighbridge-tcp.ts';
import type { Faults } from './fault-flags.ts';
import type { SimLine, SimOptions } from './sim-options.ts';

const BAUD_RATE = 9600;
/** How long a truck stands, and how long the deck stays empty, in ms of the deck's time. */
const [STANDS_MS, EMPTY_MS] = [12_000, 8000];
/** By then a truck has stopped swaying (4 s at most) and the display has seen it stand for a second. */
const SETTLED_MS = 9000;

/**
 * Serves one simulated indicator until the signal is aborted: trucks come and go, or a fixed load lies there.
 * @throws WeighbridgeTcpError, PtyPairError, WeighbridgeSerialError when the line cannot be opened
 */
export async function runSimIndicator(
  options: SimOptions,
  { clock, say, signal }: { clock: Clock; say: Say; signal: AbortSignal },
): Promise<void> {
  const random = seededRandom(options.seed);
  await using weighbridge = startWeighbridge({
    clock,
    random,
    indicator: options.indicator,
    speech: options.speech,
    disturb: indicationFaults(random.fork('display'), options.faults.indicationFaults),
    frameRateHz: options.frameRateHz,
    speed: options.speed,
    leftOnDeckKg: options.loadKg ?? 0,
  });
  const frames = faultyFrames(weighbridge, random.fork('wire'), options.faults.lineFaults);
  await using line = await openLine(options.line, frames, clock, say);
  sayWhatItIs(options, say);
  await untilAborted(signal, [
    options.loadKg === undefined ? driveTrucks(weighbridge, options, clock, say, signal) : undefined,
    options.faults.unplugPerSecond > 0
      ? pullCables(line, random.fork('cable'), options.faults, clock, say, signal)
      : undefined,
    clock.sleep(2 ** 31 - 1, signal),
  ]);
}

/** Waits for all; a rejection that comes of stopping is how they end, any other is passed on. */
async function untilAborted(
  signal: AbortSignal,
  work: readonly (Promise<void> | undefined)[],
): Promise<void> {
  try {
    await Promise.all(work);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

async function openLine(line: SimLine, frames: FrameSource, clock: Clock, say: Say): Promise<PluggableLine> {
  if (line.kind === 'tcp') {
    const { host } = line;
    let { port } = line;
    return openPluggableLine(async () => {
      const served = await serveWeighbridgeOverTcp(frames, { host, port });
      port = served.port;
      say(`Listening on TCP ${host}:${port}.`);
      return served;
    });
  }
  return openPluggableLine(async () => {
    await using undo = new AsyncDisposableStack();
    const { deviceSide, agentSide } = undo.use(await openPtyPair(line.directory, clock));
    undo.use(await serveWeighbridgeOverSerial(frames, deviceSide, { baudRate: BAUD_RATE }));
    say(`Serial line ${agentSide}, ${BAUD_RATE} 8N1.`);
    return undo.move();
  });
}

async function driveTrucks(
  weighbridge: Weighbridge,
  { seed, speed }: SimOptions,
  clock: Clock,
  say: Say,
  signal: AbortSignal,
): Promise<void> {
  const deliveries = deliveriesOf(siteOf(seed), seed);
  for (;;) {
    const { truck, massInKg, massOutKg } = deliveries.next().value;
    for (const massKg of [massInKg, massOutKg]) {
      await clock.sleep(EMPTY_MS / speed, signal);
      say(`Truck ${truck.plate}, ${kgWords(massKg)}, drives on.`);
      await weighbridge.driveOn(massKg, truck.axles);
      await clock.sleep(SETTLED_MS / speed, signal);
      say(`  the display shows ${shownWords(weighbridge.indication())}`);
      await clock.sleep((STANDS_MS - SETTLED_MS) / speed, signal);
      await weighbridge.driveOff();
      say('  it has left.');
    }
  }
}

async function pullCables(
  line: PluggableLine,
  random: Random,
  { unplugPerSecond, replugPerSecond }: Faults,
  clock: Clock,
  say: Say,
  signal: AbortSignal,
): Promise<void> {
  let plugged = true;
  for (;;) {
    await clock.sleep(1000, signal);
    if (random.next() >= (plugged ? unplugPerSecond : replugPerSecond)) continue;
    plugged = !plugged;
    say(plugged ? 'The cable is put back.' : 'The cable is pulled.');
    await (plugged ? line.replug() : line.unplug());
  }
}

function sayWhatItIs({ speech, loadKg, faults }: SimOptions, say: Say): void {
  const chosen = Object.entries(speech.options).map(([name, value]) => `${name} ${value}`);
  const how = speech.sending === 'continuous' ? 'sends without being asked' : 'answers when asked';
  say(`It speaks ${[speech.protocol.name, ...chosen].join(', ')}, and ${how}.`);
  if (loadKg !== undefined) say(`${kgWords(loadKg)} lie on the deck.`);
  if (faults.words.length > 0) say(`Faults: ${faults.words.join(', ')}.`);
  say('Stop with Ctrl-C.');
}

function shownWords(indication: Indication): string {
  const { displayed, negative, decimals, unit, motion, net } = indication;
  if (displayed === null) return negative ? 'nothing: under zero' : 'nothing: over its maximum';
  const weight = textOf(negative ? -countsOf(indication) : countsOf(indication), decimals);
  return `${weight} ${unit} ${net ? 'net' : 'gross'}, ${motion ? 'moving' : 'stable'}`;
}

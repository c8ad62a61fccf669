import type { Clock } from '@weighgate/protocol';
import { decoderOptionsOf } from '../decoder-options.ts';
import type { Indication } from '../indicator-simulator/indicator.ts';
import { protocols } from '../indicator-simulator/protocols.ts';
import { grossKg } from '../indicator-simulator/showing.ts';
import { seededRandom } from '../random.ts';
import { startWeighbridge, type Weighbridge } from '../weighbridge.ts';

/** As many as one agent can have. Each sends without being asked. */
const models = [
  'mt-continuous',
  'st-gs-csv',
  'ricelake-condec',
  'cas-22',
  'yaohua-xor',
  'weightronix-stream',
  'rinstrum-fmt1',
  'flintec-fast',
] as const;

const FRAME_RATE_HZ = 20;
/** From one frame to the next of the same scale. */
export const FRAME_INTERVAL_MS = 1000 / FRAME_RATE_HZ;

/** A simulated weighbridge, and what the agent has to be told to read it. */
export interface LiveScale {
  id: string;
  weighbridge: Weighbridge;
  indicator: { model: string } & Record<string, unknown>;
}

/** Eight weighbridges, each with another protocol, that send a new weight with every frame, their beats evenly apart. */
export async function startLiveScales(
  clock: Clock,
): Promise<AsyncDisposable & { scales: readonly LiveScale[] }> {
  await using undo = new AsyncDisposableStack();
  const scales: LiveScale[] = [];
  for (const model of models) {
    const protocol = protocols.get(model);
    if (protocol === undefined) throw new Error(`there is no simulated ${model}`);
    const weighbridge = undo.use(
      startWeighbridge({
        clock,
        random: seededRandom(scales.length),
        speech: { protocol },
        disturb: countingUp(),
        frameRateHz: FRAME_RATE_HZ,
      }),
    );
    const indicator = { model, ...decoderOptionsOf(model, grossKg(0)) };
    scales.push({ id: `deck-${scales.length + 1}`, weighbridge, indicator });
    await clock.sleep(FRAME_INTERVAL_MS / models.length);
  }
  const running = undo.move();
  return { scales, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** Shows 1 kg, 2 kg, 3 kg: no frame is like another, so that each can be told again where it comes out. */
function countingUp(): () => Indication {
  let shown = 0;
  return () => {
    shown += 1;
    return grossKg(shown);
  };
}

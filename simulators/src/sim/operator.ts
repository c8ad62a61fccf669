import { StoreError } from '@weighgate/edge-agent/src/store/store-error.ts';
import { readingOf } from '@weighgate/edge-agent/src/weighing/reading-facts.ts';
import type { WeighOutcome, WeighRequest } from '@weighgate/edge-agent/src/weighing/session-desk.ts';
import type { Clock } from '@weighgate/protocol';
import type { Random } from '../random.ts';
import type { EdgeMachine, RunningEdge } from './edge-machine.ts';
import type { Conduct } from './fault-plan.ts';
import type { History } from './history.ts';
import type { Witness } from './witness.ts';

export interface OperatorParts {
  clock: Clock;
  random: Random;
  history: History;
  witness: Witness;
  conduct: Conduct;
  trucksEveryMs: number;
  /** Until when trucks come. */
  untilMs: number;
  violated: (what: string) => void;
}

const READING_MS = 250;
const READINGS = 8;
/** So often a weighing of which nobody knows is asked for again, with the key of the first time. */
const TRIES = 3;
const RETRY_MS = 30_000;
const MAX_INSIDE = 5;

/** What a refusal may say although nothing is wrong: the disk is another one than the operator remembers. */
const ofAnotherDisk = ['session_open', 'no_open_session'];

/** One operator: trucks come, are weighed in and later out, and each answer is taken for what it says. */
export function operate(
  machine: EdgeMachine,
  { clock, random, history, witness, conduct, trucksEveryMs, untilMs, violated }: OperatorParts,
): void {
  const { device, number } = machine;
  const draw = random.fork(`operator ${number}`);
  let inside: string[] = [];
  let trucks = 0;

  async function work(): Promise<void> {
    while (clock.monotonicMs() < untilMs) {
      await clock.sleep(-Math.log(1 - draw.next()) * trucksEveryMs);
      if (clock.monotonicMs() >= untilMs) return;
      const leaves = inside.length >= MAX_INSIDE || (inside.length > 0 && draw.next() < 0.5);
      if (leaves) await weighOut(draw.pick(inside));
      else await weighIn();
    }
  }

  async function weighIn(): Promise<void> {
    trucks += 1;
    const truck = `T${number}-${trucks}`;
    if ((await visit('in', truck, 15_000 + trucks)) === 'recorded') inside.push(truck);
  }

  async function weighOut(truck: string): Promise<void> {
    const came = await visit('out', truck, 8_000 + (trucks % 50));
    if (came !== 'nothing') inside = inside.filter((one) => one !== truck);
  }

  /** @returns `over`: nothing more can come of this truck */
  async function visit(
    direction: 'in' | 'out',
    truck: string,
    kg: number,
  ): Promise<'recorded' | 'nothing' | 'over'> {
    const request: WeighRequest = {
      direction,
      scaleId: null,
      truck,
      produce: 'orange',
      containers: [],
      idempotency: { key: `key-${number}-${clock.monotonicMs()}`, requestDigest: `${direction} ${truck}` },
    };
    const isImpatient = draw.next() < conduct.leavesEarly;
    for (let attempt = 1; attempt <= TRIES; attempt += 1) {
      await show(0);
      const before = machine.running();
      await show(kg);
      if (isImpatient) await show(0);
      const edge = machine.running();
      // Whoever was started while the truck stood there has not seen it come.
      if (edge === undefined || edge !== before) return 'nothing';
      history.operation('invoke', `${device} ${direction} ${truck}`);
      const outcome = press(edge, request);
      if (outcome !== 'unknown') {
        const came = take(edge, request, outcome, isImpatient);
        await show(0);
        return came;
      }
      history.operation('info', `${device} ${direction} ${truck}`);
      // The agent says so and ends; the operator waits until it is back.
      await clock.sleep(0);
      machine.crash(RETRY_MS / 2);
      await clock.sleep(RETRY_MS);
    }
    return 'over';
  }

  function press({ desk }: RunningEdge, request: WeighRequest): WeighOutcome | 'full' | 'unknown' {
    try {
      return desk.weigh(request);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      return error.code === 'store_full' ? 'full' : 'unknown';
    }
  }

  function take(
    edge: RunningEdge,
    request: WeighRequest,
    outcome: WeighOutcome | 'full',
    isImpatient: boolean,
  ): 'recorded' | 'nothing' | 'over' {
    const what = `${device} ${request.direction} ${request.truck}`;
    if (outcome === 'full') {
      history.operation('fail', `${what}: the disk is full`);
      return 'nothing';
    }
    if (outcome.kind !== 'recorded') {
      const code = outcome.kind === 'refused' ? outcome.refusal.code : outcome.kind;
      history.operation('fail', `${what}: ${code}`);
      if (ofAnotherDisk.includes(code)) return 'over';
      if (!isImpatient) violated(`I5: ${what} was refused: ${code}`);
      return 'nothing';
    }
    const { entry } = outcome;
    const closes = entry.kind === 'session.closed' ? entry.body.sessionId : null;
    witness.reported(number, entry.uuid, closes);
    history.operation('ok', `${what} is ${entry.uuid}`);
    if (draw.next() < conduct.doublePress) {
      const again = press(edge, request);
      const isSame =
        typeof again !== 'string' && again.kind === 'recorded' && again.entry.uuid === entry.uuid;
      if (!isSame) violated(`I2: ${what} was pressed twice and weighed twice`);
    }
    // Whatever was set off by it has its turn first, as in a program that ends between two turns.
    void clock.sleep(0).then(() => machine.noteReport());
    return 'recorded';
  }

  async function show(kg: number): Promise<void> {
    for (let index = 0; index < READINGS; index += 1) {
      await clock.sleep(READING_MS);
      machine.running()?.deck.read(readingOf({ atMs: clock.monotonicMs(), value: String(kg) }));
    }
  }

  void work();
}

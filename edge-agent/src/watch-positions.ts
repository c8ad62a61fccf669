import type { Clock } from '@weighgate/protocol';
import type { Logger } from 'pino';
import type { Config, LineConfig } from './config.ts';
import { gpioInputs } from './lane/position/gpio-inputs.ts';
import type { ReadInputs } from './lane/position/input-module.ts';
import { modbusInputs } from './lane/position/modbus-inputs.ts';
import { type PositionSensors, positionSensorsOf } from './lane/position/position-sensors.ts';
import { watchInputs } from './lane/position/watch-inputs.ts';
import type { OpenLine } from './line/line.ts';

interface WatchParts {
  clock: Clock;
  random: () => number;
  log: Logger;
  signal: AbortSignal;
}

/** The position sensors of every scale that has some. */
export interface WatchedPositions {
  of(scaleId: string): PositionSensors | undefined;
  /** Resolves when the watching has ended; rejects with what stopped it. */
  done: Promise<void>;
}

/** Reads every configured input module for as long as the signal lets it, and tells the scales whose sensors it has. */
export function watchPositions(
  { scales, sumDecks, inputModules = [] }: Pick<Config, 'scales' | 'sumDecks' | 'inputModules'>,
  openLine: (line: LineConfig) => OpenLine,
  { clock, random, log, signal }: WatchParts,
): WatchedPositions {
  const staleAfterMs = new Map(inputModules.map((one) => [one.id, one.staleAfterMs]));
  const sensorsOf = new Map(
    [...scales, ...sumDecks].flatMap(({ id, positionSensors }) =>
      positionSensors === undefined
        ? []
        : [[id, positionSensorsOf(positionSensors, (one) => staleAfterMs.get(one) ?? 0, clock)] as const],
    ),
  );
  const running = inputModules.map(async (one) => {
    const moduleLog = log.child({ room: 'lane', inputs: one.id });
    const parts = { clock, random, log: moduleLog };
    const { read, done } =
      one.kind === 'gpio'
        ? { read: gpioInputs(one.paths) as ReadInputs, done: Promise.resolve() }
        : modbusInputs(one, openLine(one.line), parts, signal);
    const watching = watchInputs(
      read,
      one,
      (inputs) => {
        for (const sensors of sensorsOf.values()) sensors.take(one.id, inputs);
      },
      parts,
      signal,
    );
    await Promise.all([done, watching]);
  });
  return { of: (scaleId) => sensorsOf.get(scaleId), done: Promise.all(running).then(() => undefined) };
}

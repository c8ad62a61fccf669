import type { Clock } from '@weighgate/protocol';
import type { Position } from '../../weighing/position.ts';
import type { InputsRead } from './input-module.ts';
import type { PositionSensorConfig } from './position-config.ts';
import { afterReading, type SensorState, sensorStateAt, unseenSensor } from './sensor-state.ts';

/** One sensor as a person is shown it. */
export interface SensorView {
  name: string;
  module: string;
  input: number;
  state: SensorState;
  /** Why nothing is known of it, in words. */
  reason: string | null;
  /** How long ago it was last seen cut; null when never since the start. */
  lastCutAgoMs: number | null;
}

/** The position sensors of one scale. */
export interface PositionSensors {
  /** Takes what one module showed. */
  take(module: string, inputs: InputsRead): void;
  position(): Position;
  view(): SensorView[];
}

/**
 * Follows the sensors of one scale. All must be clear: one that is cut goes before one that is not known.
 * @param staleAfterMsOf how old the answer of a module may be
 */
export function positionSensorsOf(
  configs: readonly PositionSensorConfig[],
  staleAfterMsOf: (module: string) => number,
  clock: Clock,
): PositionSensors {
  const sensors = configs.map((config) => ({
    config,
    rule: { debounceMs: config.debounceMs, staleAfterMs: staleAfterMsOf(config.module) },
    history: unseenSensor,
    reason: 'nothing was heard of it yet' as string | null,
  }));
  const stateOf = ({ history, rule }: (typeof sensors)[number]) =>
    sensorStateAt(history, clock.monotonicMs(), rule);

  return {
    take: (module, { levels, reason, atMs }) => {
      for (const sensor of sensors) {
        const { input, contact } = sensor.config;
        if (sensor.config.module !== module) continue;
        const isOn = levels?.[input] ?? null;
        const isCut = isOn === null ? null : isOn === (contact === 'normally_open');
        sensor.history = afterReading(sensor.history, isCut, atMs, sensor.rule);
        sensor.reason = reason;
      }
    },
    position: () => {
      const cut = sensors.find((sensor) => stateOf(sensor) === 'cut');
      if (cut !== undefined) return { kind: 'cut', sensor: cut.config.name };
      const unknown = sensors.filter((sensor) => stateOf(sensor) === 'unknown');
      const worst = unknown.find(({ config }) => config.whenUnknown === 'refuse') ?? unknown[0];
      if (worst === undefined) return { kind: 'clear' };
      const { name, whenUnknown } = worst.config;
      return { kind: 'unknown', sensor: name, refuses: whenUnknown === 'refuse' };
    },
    view: () =>
      sensors.map((sensor) => {
        const state = stateOf(sensor);
        const { lastCutAtMs } = sensor.history;
        return {
          name: sensor.config.name,
          module: sensor.config.module,
          input: sensor.config.input,
          state,
          reason: state === 'unknown' ? (sensor.reason ?? 'its answer is too old') : null,
          lastCutAgoMs: lastCutAtMs === null ? null : Math.round(clock.monotonicMs() - lastCutAtMs),
        };
      }),
  };
}

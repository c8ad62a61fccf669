import type { z } from 'zod';
import type { Indication, IndicatorButton } from './indicator.ts';

/**
 * What of an indication a wire can carry. `overload` and `underload` apart from each other; `out of range` when there is
 * one flag for both. `mode` is gross or net, `zero` the centre of zero.
 */
export type WireFact =
  | 'sign'
  | 'decimals'
  | 'unit'
  | 'stable'
  | 'mode'
  | 'zero'
  | 'overload'
  | 'underload'
  | 'out of range'
  | 'tare'
  | 'power-up zero';

/** The indicator as a command that came in over a line finds it. */
export interface IndicatorPanel {
  /** What it shows now; after a key was pressed, what it shows then. */
  readonly indication: Indication;
  press(button: IndicatorButton): 'done' | 'refused';
  /** Starts or stops frames without request, on the line the command came in on. */
  stream(on: boolean): void;
}

/** A protocol as an indicator speaks it. Options are checked strictly; left out, the usual model is meant. */
export interface SimulatedProtocol {
  readonly name: string;
  readonly options: z.ZodObject;
  /** Whether frames come by themselves, or only when asked for. */
  readonly mode: 'continuous' | 'demand';
  says(options?: unknown): ReadonlySet<WireFact>;
  /** The frame for an indication; null when this indicator stays silent then. In demand mode, the usual answer. */
  encode(indication: Indication, options?: unknown): Uint8Array | null;
  /** Length of the first request in the bytes received so far; 0 when it is not complete yet. */
  requestLength(received: Uint8Array, options?: unknown): number;
  /** What it answers to one whole request; null for nothing. */
  answer(request: Uint8Array, panel: IndicatorPanel, options?: unknown): Uint8Array | null;
}

interface ProtocolDefinition<Schema extends z.ZodObject> {
  name: string;
  options: Schema;
  mode?: 'continuous' | 'demand';
  says: readonly WireFact[] | ((options: z.infer<Schema>) => readonly WireFact[]);
  encode(indication: Indication, options: z.infer<Schema>): Uint8Array | null;
  requestLength?: (received: Uint8Array, options: z.infer<Schema>) => number;
  answer?: (request: Uint8Array, panel: IndicatorPanel, options: z.infer<Schema>) => Uint8Array | null;
}

/** Makes a protocol of its grammar. Without `answer` it takes no commands; without `mode` it is continuous. */
export function simulatedProtocol<Schema extends z.ZodObject>(
  definition: ProtocolDefinition<Schema>,
): SimulatedProtocol {
  const { name, options: schema, mode = 'continuous', says, requestLength, answer } = definition;
  return {
    name,
    options: schema,
    mode,
    says: (options = {}) => new Set(typeof says === 'function' ? says(schema.parse(options)) : says),
    encode: (indication, options = {}) => definition.encode(indication, schema.parse(options)),
    requestLength: (received, options = {}) =>
      requestLength === undefined ? received.length : requestLength(received, schema.parse(options)),
    answer: (request, panel, options = {}) =>
      answer === undefined ? null : answer(request, panel, schema.parse(options)),
  };
}

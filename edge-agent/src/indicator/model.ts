import type { z } from 'zod';
import type { WireSettings } from '../line/serial-settings.ts';
import type { Framing } from './framing.ts';
import type { Decoded } from './reading.ts';

/** How a serial port is usually set for an indicator. */
export type LineSetting = WireSettings;

/** What may be asked of an indicator. */
export type Command = 'zero' | 'tare' | 'clear_tare' | 'print' | 'request';

/** One connection's way of speaking to an indicator: data and pure functions, no port, no timer. */
export interface Dialect {
  framing: Framing;
  /** @param frame one whole frame, as `framing` cut it; any bytes are answered, none throws */
  decode(frame: Uint8Array): Decoded;
  /** Bytes of the commands that this protocol has. */
  commands?: Partial<Record<Command, Uint8Array>>;
  /** Sent to ask for one weight, for indicators that do not send by themselves. */
  enquiry?: Uint8Array;
}

/** A make's protocol as data: one of these a file under `models/`. */
export interface IndicatorModel<Name extends string = string, Options extends z.ZodObject = z.ZodObject> {
  /** The name used in configuration and kept with every weight. */
  name: Name;
  /** Makes and models that speak it, for people. */
  usedBy: string;
  /** Strict, and with a default for everything that can have one. */
  options: Options;
  /** Usual settings of the line, the most usual first. */
  line: readonly [LineSetting, ...LineSetting[]];
  speak(options: z.infer<Options>): Dialect;
  /** What is kept with every weight in place of options too long for it: what tells them from any others. */
  keptOptions?(options: z.infer<Options>): Readonly<Record<string, string>>;
}

/** Lets the compiler infer the options of a model from its schema. */
export function defineModel<const Name extends string, Options extends z.ZodObject>(
  model: IndicatorModel<Name, Options>,
): IndicatorModel<Name, Options> {
  return model;
}

const setting = (
  baudRate: number,
  dataBits: 7 | 8,
  parity: LineSetting['parity'],
  stopBits: 1 | 2 = 1,
): LineSetting => ({
  baudRate,
  dataBits,
  parity,
  stopBits,
});

/** The settings met most: eight bits without parity. @param baudRate bits per second */
export const with8N1 = (baudRate: number): LineSetting => setting(baudRate, 8, 'none');
export const with7E1 = (baudRate: number): LineSetting => setting(baudRate, 7, 'even');
export const with7O1 = (baudRate: number): LineSetting => setting(baudRate, 7, 'odd');
export const with7E2 = (baudRate: number): LineSetting => setting(baudRate, 7, 'even', 2);
export const with8N2 = (baudRate: number): LineSetting => setting(baudRate, 8, 'none', 2);

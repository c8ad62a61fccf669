/** How the wire of a serial port is set. */
export interface WireSettings {
  /** Bits per second. */
  baudRate: number;
  dataBits: 7 | 8;
  parity: 'none' | 'even' | 'odd';
  stopBits: 1 | 2;
}

/** What is done with an outgoing control wire when the port is opened. */
export type ControlWire = 'on' | 'off' | 'leave';

/**
 * The two control wires a serial port drives. Some indicators are mute or reset depending on them, and what a port does
 * with them by itself differs between systems and drivers, so they are set at every opening unless left.
 */
export interface ControlWires {
  /** Request to send. */
  rts: ControlWire;
  /** Data terminal ready. */
  dtr: ControlWire;
}

/** As people write it: `9600 7E1`. */
export function wireText({ baudRate, dataBits, parity, stopBits }: WireSettings): string {
  return `${baudRate} ${dataBits}${parity.charAt(0).toUpperCase()}${stopBits}`;
}

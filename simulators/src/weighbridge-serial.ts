import { once } from 'node:events';
import { SerialPort } from 'serialport';
import type { FrameSource } from './weighbridge.ts';

/** The simulated indicator could not open its end of the serial line. */
export class WeighbridgeSerialError extends Error {
  override readonly name = 'WeighbridgeSerialError';
  readonly code = 'serial_port_unavailable';
}

/**
 * Writes the weighbridge's frames to a serial port, 8 data bits, no parity, until disposed of. A frame that comes while the
 * port still holds the one before is lost, as on a real line that is too slow for its indicator.
 * What comes in is heard by the weighbridge. When the port goes away, the weighbridge goes on weighing and nobody hears it.
 * @throws WeighbridgeSerialError when the port cannot be opened
 */
export async function serveWeighbridgeOverSerial(
  weighbridge: FrameSource,
  path: string,
  line: { baudRate: number },
): Promise<AsyncDisposable> {
  const port = new SerialPort({ path, baudRate: line.baudRate, autoOpen: false });
  await new Promise<void>((resolve, reject) => {
    port.open((error) => {
      if (error === null) resolve();
      else reject(new WeighbridgeSerialError(`Serial port ${path}: ${error.message}`, { cause: error }));
    });
  });
  const send = (frame: Uint8Array) => {
    if (port.writableLength === 0) port.write(frame);
  };
  const detach = weighbridge.attach(send);
  port.on('data', (bytes: Buffer) => weighbridge.hear?.(send, bytes));
  port.on('error', detach);
  port.on('close', detach);
  return {
    async [Symbol.asyncDispose]() {
      detach();
      if (!port.isOpen) return;
      const closed = once(port, 'close');
      port.close();
      await closed;
    },
  };
}

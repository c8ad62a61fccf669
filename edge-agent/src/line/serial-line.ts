import { SerialPort, SerialPortMock } from 'serialport';
import { LineError, type LineErrorCode, type OpenLine } from './line.ts';
import type { ControlWires, WireSettings } from './serial-settings.ts';
import { streamLine } from './stream-line.ts';
import { watchDevice } from './watch-device.ts';

/** How the port is set. Use the stable name under `/dev/serial/by-id`: `/dev/ttyUSB0` moves when cables do. */
export interface SerialLineSettings extends WireSettings, ControlWires {
  path: string;
}

/** Opens a serial port through the operating system. */
export function serialLine(settings: SerialLineSettings): OpenLine {
  return openWith(settings, watchDevice, (options, done) => new SerialPort(options, done));
}

/**
 * Opens a port of @serialport/binding-mock: the same stream and the same code, without a device.
 * @param onPort is handed each port that is made, so that a test can speak for the device and pull it out
 */
export function mockSerialLine(
  settings: SerialLineSettings,
  onPort?: (port: SerialPortMock) => void,
): OpenLine {
  const nothingToWatch = () => () => undefined;
  return openWith(settings, nothingToWatch, (options, done) => {
    const port = new SerialPortMock(options, done);
    onPort?.(port);
    return port;
  });
}

type PortOptions = WireSettings & { path: string; hupcl: boolean };
type MakePort = (options: PortOptions, done: (error: Error | null) => void) => SerialPort | SerialPortMock;

function openWith(
  { rts, dtr, ...settings }: SerialLineSettings,
  watch: typeof watchDevice,
  makePort: MakePort,
): OpenLine {
  const name = `serial ${settings.path}`;
  return (signal) =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const abandon = () => reject(signal.reason);
      const refuse = (error: Error) => {
        signal.removeEventListener('abort', abandon);
        reject(
          new LineError(codeOf(error), `${name} cannot be opened: ${error.message.replace(/^Error: /, '')}`, {
            cause: error,
          }),
        );
      };
      // hupcl off: dropping DTR on close resets some indicators.
      const port = makePort({ ...settings, hupcl: false }, async (error) => {
        if (error) {
          refuse(error);
          return;
        }
        const wireError = await setControlWires(port, { rts, dtr });
        if (wireError !== null) {
          await closePort(port);
          refuse(wireError);
        } else if (signal.aborted) {
          // Opened after nobody waits for it any more: left open, it would be locked for the next attempt.
          void closePort(port);
        } else {
          signal.removeEventListener('abort', abandon);
          const unwatch = watch(settings.path, () =>
            port.close(undefined, new Error('the device is no longer there')),
          );
          port.once('close', unwatch);
          resolve(streamLine(name, port, () => closePort(port)));
        }
      });
      signal.addEventListener('abort', abandon, { once: true });
    });
}

/**
 * What went wrong, or null. A port without such wires, as a pseudo terminal, has nothing to set. The library can set
 * both or none, so one that is left leaves both.
 */
function setControlWires(
  port: SerialPort | SerialPortMock,
  { rts, dtr }: ControlWires,
): Promise<Error | null> {
  if (rts === 'leave' || dtr === 'leave') return Promise.resolve(null);
  return new Promise((resolve) =>
    port.set({ rts: rts === 'on', dtr: dtr === 'on' }, (error) =>
      resolve(error && !/inappropriate ioctl/i.test(error.message) ? error : null),
    ),
  );
}

/** Destroying the stream leaves the port open and locked; only its own close gives it back. */
function closePort(port: SerialPort | SerialPortMock): Promise<void> {
  // A port that was unplugged has nothing left to close, and says so with an error.
  return new Promise((resolve) => port.close(() => resolve()));
}

function codeOf(error: Error): LineErrorCode {
  if (/permission denied|access denied/i.test(error.message)) return 'line_denied';
  if (/lock|busy/i.test(error.message)) return 'line_busy';
  return 'line_not_found';
}

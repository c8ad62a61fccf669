import { SerialPort, SerialPortMock } from 'serialport';
import { LineError, type LineErrorCode, type OpenLine } from './line.ts';
import { streamLine } from './stream-line.ts';

/** How the port is set. Use the stable name under `/dev/serial/by-id`: `/dev/ttyUSB0` moves when cables do. */
export interface SerialLineSettings {
  path: string;
  baudRate: number;
  dataBits: 7 | 8;
  parity: 'none' | 'even' | 'odd';
  stopBits: 1 | 2;
}

/** Opens a serial port through the operating system. */
export function serialLine(settings: SerialLineSettings): OpenLine {
  return openWith(settings, (options, done) => new SerialPort(options, done));
}

/**
 * Opens a port of @serialport/binding-mock: the same stream and the same code, without a device.
 * @param onPort is handed each port that is made, so that a test can speak for the device and pull it out
 */
export function mockSerialLine(
  settings: SerialLineSettings,
  onPort?: (port: SerialPortMock) => void,
): OpenLine {
  return openWith(settings, (options, done) => {
    const port = new SerialPortMock(options, done);
    onPort?.(port);
    return port;
  });
}

type PortOptions = SerialLineSettings & { hupcl: boolean };
type MakePort = (options: PortOptions, done: (error: Error | null) => void) => SerialPort | SerialPortMock;

function openWith(settings: SerialLineSettings, makePort: MakePort): OpenLine {
  const name = `serial ${settings.path}`;
  return (signal) =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const abandon = () => reject(signal.reason);
      // hupcl off: dropping DTR on close resets some indicators.
      const port = makePort({ ...settings, hupcl: false }, (error) => {
        signal.removeEventListener('abort', abandon);
        if (error) {
          reject(
            new LineError(codeOf(error), `${name} cannot be opened: ${error.message}`, { cause: error }),
          );
        } else if (signal.aborted) {
          // Opened after nobody waits for it any more: left open, it would be locked for the next attempt.
          void closePort(port);
        } else {
          resolve(streamLine(name, port, () => closePort(port)));
        }
      });
      signal.addEventListener('abort', abandon, { once: true });
    });
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

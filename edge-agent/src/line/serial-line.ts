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

/** Opens a port of @serialport/binding-mock: the same stream and the same code, without a device. */
export function mockSerialLine(settings: SerialLineSettings): OpenLine {
  return openWith(settings, (options, done) => new SerialPortMock(options, done));
}

type PortOptions = SerialLineSettings & { hupcl: boolean };
type MakePort = (options: PortOptions, done: (error: Error | null) => void) => SerialPort | SerialPortMock;

function openWith(settings: SerialLineSettings, makePort: MakePort): OpenLine {
  const name = `serial ${settings.path}`;
  return (signal) =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      // hupcl off: dropping DTR on close resets some indicators.
      const port = makePort({ ...settings, hupcl: false }, (error) => {
        if (error) {
          reject(
            new LineError(codeOf(error), `${name} cannot be opened: ${error.message}`, { cause: error }),
          );
        } else if (signal.aborted) {
          port.close(() => reject(signal.reason));
        } else {
          resolve(streamLine(name, port));
        }
      });
    });
}

function codeOf(error: Error): LineErrorCode {
  if (/permission denied|access denied/i.test(error.message)) return 'line_denied';
  if (/lock|busy/i.test(error.message)) return 'line_busy';
  return 'line_not_found';
}

import { strict as assert } from 'node:assert';
import { SerialPortMock } from 'serialport';
import type { FrameSource } from './weighbridge.ts';

const MockBinding = SerialPortMock.binding;
type MockPortBinding = Awaited<ReturnType<typeof MockBinding.open>>;

/** What a port nobody reads from may hold; frames beyond it are lost, as in a full receive buffer. */
const MAX_UNREAD_BYTES = 16 * 1024;

/** Ports served now, and who has each of them open. */
const served = new Map<string, { opened: MockPortBinding | undefined; hear: (bytes: Uint8Array) => void }>();

const openWithoutUs = MockBinding.open;

// MockBinding keeps no list of who opened a port, so the only way to find them by path is to stand at its door.
const openAndRemember: typeof MockBinding.open = async (options) => {
  const opened = await openWithoutUs(options);
  const port = served.get(options.path);
  if (port === undefined) return opened;
  port.opened = opened;
  const write = opened.write.bind(opened);
  opened.write = async (bytes) => {
    await write(bytes);
    port.hear(bytes);
  };
  return opened;
};

/**
 * Makes a port of serialport's mock binding and sends the weighbridge's frames to whoever opens it with
 * `new SerialPortMock({ path, ... })`, as often as it is closed and opened again. What is written to the port is heard by the weighbridge.
 * @param path must not be served yet
 */
export function serveWeighbridgeOverSerialMock(weighbridge: FrameSource, path: string): AsyncDisposable {
  assert(!served.has(path), `${path} is served already`);
  const send = (frame: Uint8Array) => {
    const { opened } = port;
    if (!opened?.isOpen || opened.port.data.length > MAX_UNREAD_BYTES) return;
    opened.emitData(Buffer.from(frame));
  };
  const port: { opened: MockPortBinding | undefined; hear: (bytes: Uint8Array) => void } = {
    opened: undefined,
    hear: (bytes) => weighbridge.hear?.(send, bytes),
  };
  served.set(path, port);
  MockBinding.open = openAndRemember;
  MockBinding.createPort(path);
  const detach = weighbridge.attach(send);
  return {
    async [Symbol.asyncDispose]() {
      detach();
      served.delete(path);
      if (served.size === 0) MockBinding.open = openWithoutUs;
    },
  };
}

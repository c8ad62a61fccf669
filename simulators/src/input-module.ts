import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { answerModbus, modbusRequestLength } from './indicator-simulator/modbus-slave.ts';

/** A device with digital inputs on a TCP port, such as position sensors are wired to. */
export interface InputModule extends AsyncDisposable {
  readonly port: number;
  /** Whether it answers; one that has lost its power keeps its connections and says nothing. */
  setPower(on: boolean): void;
}

const SLAVE = { framing: 'tcp', unitId: 1 } as const;
const MAX_REQUEST_BYTES = 260;

/**
 * Serves digital inputs over Modbus TCP, as discrete inputs and as coils, from input 0 on.
 * @param levels what the inputs show now; true is on
 * @see Modbus Application Protocol V1.1b3, sections 6.1 and 6.2
 */
export async function openInputModule(levels: () => readonly boolean[], port = 0): Promise<InputModule> {
  const sockets = new Set<Socket>();
  let hasPower = true;
  const registers = {
    read: () => undefined,
    write: () => false,
    readBits: (_: 'coils' | 'inputs', address: number, count: number) => {
      const bits = levels();
      return address + count > bits.length ? undefined : bits.slice(address, address + count);
    },
  };
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
    let received = Buffer.alloc(0);
    socket.on('data', (bytes) => {
      received = Buffer.concat([received, bytes]);
      for (;;) {
        const length = modbusRequestLength(received, SLAVE);
        if (length === 0) break;
        const answer = answerModbus(received.subarray(0, length), SLAVE, registers);
        received = received.subarray(length);
        if (answer !== null && hasPower) socket.write(answer);
      }
      if (received.length > MAX_REQUEST_BYTES) socket.destroy();
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    setPower: (on) => {
      hasPower = on;
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Light barriers across both ends of a deck, wired normally closed: on while no wheel stands in the beam. */
export function beamsOf(weighbridge: {
  isBeamCut(end: 'entry' | 'exit'): boolean;
}): () => [entry: boolean, exit: boolean] {
  return () => [!weighbridge.isBeamCut('entry'), !weighbridge.isBeamCut('exit')];
}

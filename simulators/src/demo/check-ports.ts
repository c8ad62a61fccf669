import { once } from 'node:events';
import { createServer } from 'node:net';
import type { DemoOptions } from './demo-options.ts';

/** A port somebody chose cannot be had. `message` names the option that chooses another. */
export class PlantPortError extends Error {
  override readonly name = 'PlantPortError';
  readonly code = 'port_unavailable';
}

const ports = [
  { chosenBy: 'cloudPort', option: '--cloud-port', use: 'the cloud API' },
  { chosenBy: 'edgePort', option: '--edge-port', use: 'the weight API of the agent' },
  { chosenBy: 'mqttPort', option: '--mqtt-port', use: 'the MQTT broker' },
  { chosenBy: 'enrolPort', option: '--enrol-port', use: 'the enrolment of the agent' },
  { chosenBy: 'scalePort', option: '--scale-port', use: 'the simulated indicator' },
] as const;

/**
 * Sees before anything is started whether every port of the plant can be had, so that a port in use is said in the
 * words of whoever chose it. A port taken between this and the program that wants it is told by that program.
 * @throws PlantPortError
 */
export async function checkPorts(options: DemoOptions): Promise<void> {
  for (const { chosenBy, option, use } of ports) {
    const port = options[chosenBy];
    if (port === 0 || (options.serial && chosenBy === 'scalePort')) continue;
    await probe(port, option, use);
  }
}

async function probe(port: number, option: string, use: string): Promise<void> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (cause) {
    const why =
      (cause as NodeJS.ErrnoException).code === 'EADDRINUSE'
        ? 'is in use by another program'
        : `cannot be opened (${(cause as Error).message})`;
    throw new PlantPortError(
      `Port ${port}, meant for ${use}, ${why}. Stop that program, or choose another port with ${option}.`,
      { cause },
    );
  }
  const closed = once(server, 'close');
  server.close();
  await closed;
}

import { join } from 'node:path';
import type { Clock } from '@weighgate/protocol';
import { openPtyPair } from '../pty-pair.ts';
import type { FrameSource } from '../weighbridge.ts';
import { serveWeighbridgeOverSerial } from '../weighbridge-serial.ts';
import { serveWeighbridgeOverTcp } from '../weighbridge-tcp.ts';

const BAUD_RATE = 9600;

/** How the agent's configuration names a line. */
export type LineConfig = { kind: 'tcp'; port: number } | { kind: 'serial'; path: string; baudRate: number };

/** The indicator's bytes on a line, until disposed of. */
export interface IndicatorLine extends AsyncDisposable {
  line: LineConfig;
  /** For people. */
  name: string;
}

/**
 * Puts the indicator's frames on a TCP port of loopback (0 takes any free one) or on a pair of serial lines.
 * @throws WeighbridgeTcpError, PtyPairError, WeighbridgeSerialError
 */
export async function openIndicatorLine(
  weighbridge: FrameSource,
  { serial, scalePort }: { serial: boolean; scalePort: number },
  plantDir: string,
  clock: Clock,
): Promise<IndicatorLine> {
  if (!serial) {
    const served = await serveWeighbridgeOverTcp(weighbridge, { host: '127.0.0.1', port: scalePort });
    return {
      line: { kind: 'tcp', port: served.port },
      name: `tcp 127.0.0.1:${served.port}`,
      [Symbol.asyncDispose]: () => served[Symbol.asyncDispose](),
    };
  }
  await using undo = new AsyncDisposableStack();
  const { deviceSide, agentSide } = undo.use(await openPtyPair(join(plantDir, 'serial'), clock));
  undo.use(await serveWeighbridgeOverSerial(weighbridge, deviceSide, { baudRate: BAUD_RATE }));
  const running = undo.move();
  return {
    line: { kind: 'serial', path: agentSide, baudRate: BAUD_RATE },
    name: `serial ${agentSide}`,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

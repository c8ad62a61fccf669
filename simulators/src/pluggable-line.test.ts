import { once } from 'node:events';
import { connect } from 'node:net';
import { systemClock } from '@weighgate/protocol';
import { expect, test } from 'vitest';
import { openPluggableLine } from './pluggable-line.ts';
import { seededRandom } from './random.ts';
import { startWeighbridge } from './weighbridge.ts';
import { serveWeighbridgeOverTcp } from './weighbridge-tcp.ts';

test('a pulled cable cuts who is connected and lets nobody in until it is put back, on the same port', async () => {
  await using weighbridge = startWeighbridge({
    clock: systemClock,
    random: seededRandom(1),
    frameRateHz: 100,
  });
  let port = 0;
  await using line = await openPluggableLine(async () => {
    const served = await serveWeighbridgeOverTcp(weighbridge, { host: '127.0.0.1', port });
    port = served.port;
    return served;
  });
  const client = connect(port, '127.0.0.1').resume();
  await once(client, 'data');
  const closed = once(client, 'close');
  await line.unplug();
  await line.unplug();
  await closed;
  await expect(once(connect(port, '127.0.0.1'), 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await line.replug();
  await line.replug();
  const again = connect(port, '127.0.0.1');
  await once(again, 'data');
  again.destroy();
});

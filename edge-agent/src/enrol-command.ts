import { parseArgs } from 'node:util';
import { fingerprintWords, systemClock } from '@weighgate/protocol';
import { readConfig } from './config.ts';
import { openDeviceKey } from './store/device-key.ts';
import { enrolDevice } from './sync/enrol-device.ts';
import { UsageError } from './usage-error.ts';

/**
 * `enrol URL TOKEN`: makes this device known to the cloud, also beside a running agent, which connects soon after.
 * @returns the exit code
 */
export async function enrolCommand(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { config: { type: 'string', default: 'edge.yaml' } },
  });
  const [url, ...token] = positionals;
  if (url === undefined || token.length === 0 || !URL.canParse(url) || new URL(url).protocol !== 'https:') {
    throw new UsageError('Say where to enrol and with what: enrol https://HOST:8443 TOKEN');
  }
  const { site, device, dataDir } = readConfig(values.config);
  const deviceKey = openDeviceKey(dataDir);
  const onRequested = ({ keyFingerprint, waiting }: { keyFingerprint: string; waiting: boolean }) =>
    void process.stdout.write(
      waiting
        ? 'It waits for an administrator to compare these words and to confirm.\n'
        : `${device} of site ${site}: ${fingerprintWords(keyFingerprint)}\n`,
    );
  const wish = { url, token: token.join(''), site, device, dataDir, deviceKey };
  const { notAfter } = await enrolDevice(wish, { clock: systemClock, onRequested });
  process.stdout.write(`enrolled; the certificate is good until ${notAfter} and is renewed by the agent\n`);
  return 0;
}

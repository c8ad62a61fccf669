import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type CertificateFile, certificateFileSchema, readCertificate } from '@weighgate/protocol';
import { type Call, callerOf } from './call-cloud.ts';
import { readConfig } from './config.ts';
import { ConfigError } from './config-file.ts';
import { compareCertificates } from './fleet/completeness/compare-certificates.ts';

const usage = `weighgate cloud compare-certificates DEVICE_FILE [CLOUD_FILE | URL] [options]

  DEVICE_FILE   from: npm run edge -- certificate --from TIME --to TIME --out FILE
  CLOUD_FILE    from GET /api/fleet/devices/DEVICE/certificate; left out, the running cloud is asked for the same entries
  --config FILE, --data-dir DIR, --key-file FILE   as for device
`;

const options = {
  config: { type: 'string' },
  'data-dir': { type: 'string' },
  'key-file': { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

/**
 * `compare-certificates`: says whether everything that a device certified is in the cloud, and names what is not.
 * @returns the exit code: 1 when there is a gap
 * @throws ConfigError for a wrong command line or a file that is none of certificates, CloudCallError
 */
export async function compareCommand(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const { values, positionals } = readArgs(args);
  const [deviceFile, cloud, tooMuch] = positionals;
  if (values.help || deviceFile === undefined || tooMuch !== undefined) {
    process.stdout.write(usage);
    return values.help ? 0 : 2;
  }
  const device = readFile(deviceFile);
  const isUrl = cloud === undefined || /^https?:/.test(cloud);
  const config = () => readConfig(values.config, env, { dataDir: values['data-dir'] });
  const at = cloud === undefined ? {} : { url: cloud.replace(/\/$/, '') };
  const theirs = isUrl ? await askCloud(device, callerOf(config(), { ...values, ...at })) : readFile(cloud);
  const { agreed, gaps } = compareCertificates(device, theirs);
  for (const line of agreed) process.stdout.write(`${line}\n`);
  for (const gap of gaps) process.stdout.write(`GAP: ${gap}\n`);
  if (agreed.length + gaps.length === 0) process.stdout.write('GAP: there is no certificate in it\n');
  return gaps.length === 0 && agreed.length > 0 ? 0 : 1;
}

/** The cloud's certificates of the very entries that the device certified. */
async function askCloud(device: CertificateFile, call: Call): Promise<CertificateFile> {
  const certificates: CertificateFile['certificates'] = [];
  for (const certificate of device.certificates) {
    const reading = readCertificate(certificate);
    if (!reading.ok) continue;
    const { device: name, incarnation, firstSeq, lastSeq } = reading.statement.facts;
    const query = new URLSearchParams({ incarnation, firstSeq: String(firstSeq), lastSeq: String(lastSeq) });
    const answer = await call('GET', `/api/fleet/devices/${name}/certificate?${query}`);
    certificates.push(...certificateFileSchema.parse(answer).certificates);
  }
  return { v: 1, certificates };
}

function readFile(path: string): CertificateFile {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new ConfigError(`${path} cannot be read as certificates: ${(cause as Error).message}`, { cause });
  }
  const file = certificateFileSchema.safeParse(json);
  if (file.success) return file.data;
  throw new ConfigError(
    `${path} is no file of certificates: ${file.error.issues[0]?.message ?? 'it is empty'}`,
  );
}

function readArgs(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options });
  } catch (cause) {
    throw new ConfigError(`${(cause as Error).message}\n\n${usage}`, { cause });
  }
}

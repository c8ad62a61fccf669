import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { scriptOf } from './plant-files.ts';

/** As an administrator does it before the broker is started: its certificate is of the cloud's CA. */
export async function makeServerCertificate(plantDir: string, certs: string): Promise<void> {
  const names = ['127.0.0.1', 'localhost'];
  const place = ['--out', certs, '--data-dir', join(plantDir, 'cloud')];
  const command = [scriptOf('cloud-api'), 'device', 'server-certificate', ...names, ...place];
  await promisify(execFile)(process.execPath, command);
}

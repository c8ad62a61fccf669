import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { keptSecret } from '../store/kept-secret.ts';
import { writeWhole } from '../store/write-whole.ts';
import type { IdentityParts } from './identity-parts.ts';
import { adminPermissions, admitLocalKey, localPermissions } from './local-key.ts';
import { offerFirstAdmin } from './password-token.ts';

/** Keys that programs of this machine use. Their files are readable by the owner of the data folder alone. */
export interface LocalKeys {
  /** Of `api-key`: everything but saying who else may. */
  apiKey: string;
}

/**
 * Makes what lets the owner of the data folder begin: two API keys in files, and while there is no user, a one-time token
 * in `setup-token` that makes the first administrator. No password and no key is known before the first run.
 * @param configuredKey in the place of the one in `api-key`
 */
export async function prepareFirstRun(
  dataDir: string,
  configuredKey: string | undefined,
  parts: Pick<IdentityParts, 'db' | 'clock' | 'makeId' | 'log' | 'randomBytes'>,
): Promise<LocalKeys> {
  const apiKey = configuredKey ?? keptSecret(join(dataDir, 'api-key'), parts.randomBytes);
  const adminKey = keptSecret(join(dataDir, 'admin-key'), parts.randomBytes);
  await admitLocalKey(apiKey, { name: 'this machine', permissions: localPermissions }, parts);
  await admitLocalKey(adminKey, { name: 'command line', permissions: adminPermissions }, parts);
  const file = join(dataDir, 'setup-token');
  const offered = await offerFirstAdmin(parts);
  if (offered !== undefined) {
    writeWhole(file, `${offered.token}\n`);
    parts.log.info({ file, expiresAt: offered.expiresAt }, 'identity.setup_needed');
  } else if (existsSync(file)) {
    rmSync(file);
  }
  return { apiKey };
}

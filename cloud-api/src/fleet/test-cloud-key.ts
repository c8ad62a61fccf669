import { join } from 'node:path';
import { makeTestFolder } from '../store/test-database.ts';
import { type CloudKey, openCloudKey } from './cloud-key.ts';

/** A signing key of the cloud for a test; nothing of it is left on disk. */
export function makeTestCloudKey(): CloudKey {
  using folder = makeTestFolder();
  return openCloudKey(join(folder.path, 'cloud-key.pem'));
}

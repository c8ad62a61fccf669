import type { Clock } from '@weighgate/protocol';
import { makeTestFolder, testParts } from '../../store/test-database.ts';
import { openCaFiles } from './ca-files.ts';
import { type CertificateAuthority, certificateAuthority } from './certificate-authority.ts';

/** A certificate authority of its own for a test; nothing of it is left on disk. */
export async function makeTestCa(clock: Clock = testParts.clock): Promise<CertificateAuthority> {
  using folder = makeTestFolder();
  const parts = { ...testParts, clock };
  return certificateAuthority(
    await openCaFiles({ dataDir: folder.path, configured: undefined }, parts),
    parts,
  );
}

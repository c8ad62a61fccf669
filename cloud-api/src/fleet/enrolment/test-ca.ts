import type { Clock } from '@weighgate/protocol';
import { makeTestFolder, testParts } from '../../store/test-database.ts';
import { openCaFiles } from './ca-files.ts';
import { type CertificateAuthority, certificateAuthority } from './certificate-authority.ts';

/** A certificate authority that can also be asked at another time than now. */
export interface TestCa extends CertificateAuthority {
  at(clock: Clock): Promise<CertificateAuthority>;
}

/** A certificate authority of its own for a test; nothing of it is left on disk. */
export async function makeTestCa(clock: Clock = testParts.clock): Promise<TestCa> {
  using folder = makeTestFolder();
  const files = await openCaFiles({ dataDir: folder.path, configured: undefined }, { ...testParts, clock });
  const at = (other: Clock) => certificateAuthority(files, { ...testParts, clock: other });
  return { ...(await at(clock)), at };
}

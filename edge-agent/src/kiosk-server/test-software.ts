import type { SoftwareIdentification } from './identification-routes.ts';

/** Some software, for tests. */
export const testSoftware: SoftwareIdentification = {
  version: '0.1.0',
  commit: null,
  modules: ['protocol/src'],
  modulesSha256: '0'.repeat(64),
  softwareId: '0.1.0-00000000',
};

import { accessCases } from './acl-access-cases.ts';
import { loadCases } from './acl-load-cases.ts';
import type { AclCase } from './acl-outcome.ts';
import { protocolCases } from './acl-protocol-cases.ts';

/** E01 to E23 in order. */
export const aclCases: readonly AclCase[] = [...protocolCases, ...accessCases, ...loadCases].toSorted(
  (a, b) => a.id.localeCompare(b.id),
);

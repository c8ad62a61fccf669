import { createHash } from 'node:crypto';

/** The hash before the first entry; the schema begins with the same. */
export const auditGenesisHash = createHash('sha256').update('weighgate/v1/audit\n').digest('hex');

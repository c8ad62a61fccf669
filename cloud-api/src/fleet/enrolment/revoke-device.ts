import type { Clock, MakeId } from '@weighgate/protocol';
import { recordChange } from '../../audit/record-change.ts';
import { type Doer, doerNameOf } from '../../http/doer.ts';
import type { Db } from '../../store/database.ts';
import { revokeCertificates } from './revoke-certificates.ts';

/**
 * Revokes every certificate of a device, by somebody and for a reason.
 * @returns how many there were
 */
export async function revokeDevice(
  device: string,
  { caller, by, reason }: { caller: Doer; by?: string | undefined; reason: string },
  parts: { db: Db; clock: Clock; makeId: MakeId },
): Promise<number> {
  return parts.db.transaction().execute(async (trx) => {
    const said = { by: doerNameOf(caller, by), reason };
    const revoked = await revokeCertificates(trx, device, said, parts.clock);
    if (revoked === 0) return 0;
    const change = {
      subject: { kind: 'device', id: device },
      before: null,
      after: { certificates: revoked },
    };
    await recordChange(
      trx,
      { by: caller, action: 'device.revoked', ...change, why: reason, askedBy: by },
      parts,
    );
    return revoked;
  });
}

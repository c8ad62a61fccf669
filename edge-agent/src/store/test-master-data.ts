import {
  isoInstant,
  type MasterDataBody,
  type MasterDataEntity,
  type MasterDataPage,
  type MasterDataRow,
  masterDataDigestOf,
  type Uuid,
} from '@weighgate/protocol';
import type { Store } from './open-store.ts';

export const testEpoch = '01a10a36-67d2-70aa-bb66-ae528194f836' as Uuid;

/** A row as the cloud would send it, for tests. */
export function testRow<E extends MasterDataEntity>(
  revision: number,
  entity: E,
  id: string,
  body: MasterDataBody<E> | null,
): MasterDataRow {
  return { entity, id, revision, body: body === null ? null : JSON.stringify(body) };
}

const always = { validFrom: null, validTo: null };
export const testTruck = (revision: number, key: string, providerId: number | null) =>
  testRow(revision, 'truck', key, { truck: key, providerId, aliasOf: null, ...always });
export const testProvider = (revision: number, providerId: number, status: 'active' | 'revoked' = 'active') =>
  testRow(revision, 'provider', String(providerId), {
    providerId,
    name: `Provider ${providerId}`,
    status,
    ...always,
  });
export const testContainer = (revision: number, container: string, tareG: number) =>
  testRow(revision, 'container', container, { container, tares: [{ tareG, ...always }] });

/** A whole snapshot of these rows. */
export function testSnapshot(rows: readonly MasterDataRow[], cloudEpoch = testEpoch): MasterDataPage {
  const to = rows.at(-1)?.revision ?? 0;
  const [digest, asOf] = [masterDataDigestOf(rows), isoInstant(0)];
  return {
    v: 1,
    type: 'md_page',
    device: 'gate-1',
    cloudEpoch,
    snapshot: to,
    from: 0,
    to,
    rows: [...rows],
    last: true,
    digest,
    asOf,
  };
}

/** Puts a snapshot in place as the sync does. */
export function loadMasterData(store: Store, rows: readonly MasterDataRow[], nowMs = 0): void {
  store.masterData.take(testSnapshot(rows), () => store.masterDataFollowing.followRows(nowMs));
  store.masterData.confirm(isoInstant(nowMs));
}

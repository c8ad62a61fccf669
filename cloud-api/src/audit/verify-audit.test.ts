import { generateKeyPairSync, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chainHash } from '@weighgate/protocol';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Db, OpenDatabase, Trx } from '../store/database.ts';
import { makeTestFolder, startTestDatabase, testParts } from '../store/test-database.ts';
import { auditEvidence } from './chain-rows.ts';
import { sealHead } from './keep-sealing.ts';
import { recordChange, theCloud } from './record-change.ts';
import { makeSeal, type Seal, type Signer, sealSchema } from './seal.ts';
import { verifyAudit } from './verify-audit.ts';

function makeSigner(): Signer {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    publicKey: publicKey.export({ format: 'jwk' }).x ?? '',
    sign: (text) => sign(null, Buffer.from(text), privateKey).toString('base64url'),
  };
}
const signer = makeSigner();

let database: OpenDatabase;
const folder = makeTestFolder();
beforeAll(async () => {
  database = await startTestDatabase();
  for (let n = 1; n <= 10; n += 1) await record(n);
  await sealHead({ ...testParts, db: database.db, signer, file: join(folder.path, 'audit-seal.json') });
}, 60_000);
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const record = (n: number) =>
  recordChange(
    database.db,
    {
      by: theCloud,
      action: 'truck.changed',
      subject: { kind: 'truck', id: `TR${n}` },
      before: null,
      after: { n },
    },
    testParts,
  );
const verify = async (db: Db | Trx, elsewhere: Seal[] = []) => {
  const evidence = await auditEvidence(db);
  const seals = [...evidence.seals, ...elsewhere];
  return verifyAudit({ ...evidence, seals, publicKeys: [signer.publicKey] });
};

class Undone extends Error {}

/** What somebody does who owns the database and has every trigger and foreign key out of the way; undone afterwards. */
async function tampered(statements: string[], look: (trx: Trx) => Promise<void>): Promise<void> {
  const trying = database.db.transaction().execute(async (trx) => {
    await sql`set local session_replication_role = replica`.execute(trx);
    for (const statement of statements) await sql.raw(statement).execute(trx);
    await look(trx);
    throw new Undone();
  });
  await expect(trying).rejects.toThrow(Undone);
}
const place = (seq: number) => `(select change_id from audit_chain where seq = ${seq})`;

test('a chain that nobody touched is whole, and says up to where it was sealed', async () => {
  const verdict = await verify(database.db);
  expect(verdict).toMatchObject({ entries: 10, lastSeq: 10, faults: [], sealed: { seq: 10 } });
});

test('an empty chain is whole too', async () => {
  const fresh = {
    rows: [],
    seals: [],
    head: null,
    unchained: [],
    genesisHash: '0'.repeat(64),
    publicKeys: [],
  };
  expect(await verifyAudit(fresh)).toMatchObject({ entries: 0, faults: [], sealed: null });
});

const renumbered = (from: number, by: number) => [
  `update audit_chain set seq = seq + 1000 where seq >= ${from}`,
  `update audit_chain set seq = seq - 1000 + ${by} where seq > 1000`,
];
const forgedId = '01890000-0000-7000-8000-000000000001';

test.each<[string, string[], RegExp]>([
  [
    'a letter of an entry was changed',
    [
      `update audit_changes set entry_text = replace(entry_text, '"n":4', '"n":9') where change_id = ${place(4)}`,
    ],
    /^entry 4 \(truck\.changed, .*\) does not follow from entry 3/,
  ],
  [
    'an entry was deleted with its place',
    [`delete from audit_changes where change_id = ${place(4)}`, 'delete from audit_chain where seq = 4'],
    /^entry 4 is missing: 3 is followed by 5/,
  ],
  [
    'an entry was deleted and its place was left',
    [`delete from audit_changes where change_id = ${place(4)}`],
    /^entry 4 is gone/,
  ],
  [
    'an entry was deleted and the rest renumbered',
    ['delete from audit_chain where seq = 4', ...renumbered(5, -1)],
    /^entry 4 .*does not follow from entry 3/,
  ],
  [
    'two entries changed places',
    [
      'update audit_chain set seq = 1000 where seq = 4',
      'update audit_chain set seq = 4 where seq = 6',
      'update audit_chain set seq = 6 where seq = 1000',
    ],
    /^entry 4 .*does not follow from entry 3/,
  ],
  [
    'a hash was changed',
    [`update audit_chain set hash = repeat('a', 64) where seq = 4`],
    /^entry 4 .*does not follow from entry 3/,
  ],
  [
    'an entry was put in, well hashed, and the rest renumbered',
    [
      ...renumbered(4, 1),
      `insert into audit_changes (change_id, entry_text)
        select '${forgedId}', replace(entry_text, '"n":3', '"n":33') from audit_changes where change_id = ${place(3)}`,
      `insert into audit_chain (seq, change_id, previous_hash, hash)
        select 4, '${forgedId}', n.hash, encode(sha256(decode(n.hash, 'hex') || convert_to(c.entry_text, 'UTF8')), 'hex')
          from audit_chain n, audit_changes c where n.seq = 3 and c.change_id = '${forgedId}'`,
    ],
    /^entry 5 .*does not follow from entry 4/,
  ],
  [
    'an entry was put beside the chain',
    [
      `insert into audit_changes (change_id, entry_text) select '${forgedId}', entry_text from audit_changes limit 1`,
    ],
    /^change 01890000-0000-7000-8000-000000000001 has no place/,
  ],
  [
    'what stands in clear was changed',
    [`update audit_clear_values set value = 'TR999' where place = '/subject/id' and change_id = ${place(4)}`],
    /^entry 4: what stands in clear for \/subject\/id/,
  ],
])('%s: the first bad entry is named', async (_, statements, message) => {
  await tampered(statements, async (trx) => {
    expect((await verify(trx)).faults[0]).toMatch(message);
  });
});

const cutEntries = [
  'delete from audit_chain where seq > 7',
  'delete from audit_changes where change_id not in (select change_id from audit_chain)',
];
const cutTail = [
  ...cutEntries,
  'update audit_head set (seq, hash) = (select seq, hash from audit_chain where seq = 7)',
];
const cutSeals = 'delete from audit_seals where seq > 7';

test('a tail that was cut off, and the head with it, is seen by a seal', async () => {
  await tampered(cutTail, async (trx) => {
    const { faults } = await verify(trx);
    expect(faults[0]).toMatch(/^entry 8 is missing: the chain ends at 7, and entry 10 was sealed/);
  });
});

test('a tail that was cut off with its seals is seen by the seal that is kept elsewhere', async () => {
  const elsewhere = sealSchema.parse(JSON.parse(readFileSync(join(folder.path, 'audit-seal.json'), 'utf8')));
  await tampered([...cutTail, cutSeals], async (trx) => {
    expect((await verify(trx)).faults).toEqual([]);
    expect((await verify(trx, [elsewhere])).faults[0]).toMatch(/^entry 8 is missing/);
  });
});

test('a tail of which the head was forgotten is seen at the head', async () => {
  await tampered([...cutEntries, cutSeals], async (trx) => {
    expect((await verify(trx)).faults[0]).toMatch(/^entry 8: the chain ends at 7, and its head says 10/);
  });
});

test('a history that was rewritten with right hashes does not have the hashes that were sealed', async () => {
  const rows = await database.db
    .selectFrom('audit_chain as n')
    .innerJoin('audit_changes as c', 'c.change_id', 'n.change_id')
    .select(['n.seq', 'n.previous_hash', 'c.change_id', 'c.entry_text'])
    .orderBy('n.seq')
    .execute();
  let hash = rows[3]?.previous_hash ?? '';
  const statements = rows.slice(3).flatMap(({ seq, change_id, entry_text }) => {
    const text = entry_text.replace('"n":4', '"n":9');
    const before = hash;
    hash = chainHash(before, text);
    return [
      `update audit_changes set entry_text = '${text}' where change_id = '${change_id}'`,
      `update audit_chain set previous_hash = '${before}', hash = '${hash}' where seq = ${seq}`,
      `update audit_head set hash = '${hash}'`,
    ];
  });
  await tampered(statements, async (trx) => {
    const { faults } = await verify(trx);
    expect(faults[0]).toMatch(/^entry 10 is not the one that was sealed/);
  });
});

test('a seal of another key is no seal', async () => {
  const forged = makeSeal({ seq: 99, hash: 'c'.repeat(64) }, 0, makeSigner());
  expect((await verify(database.db, [forged])).faults[0]).toMatch(/signed by none of the keys/);
});

test('personal data that was erased breaks nothing', async () => {
  await tampered(['delete from audit_clear_values'], async (trx) => {
    expect((await verify(trx)).faults).toEqual([]);
  });
});

test('the kept seal is never replaced by one of a shorter chain', () => {
  const file = join(folder.path, 'audit-seal.json');
  const before = readFileSync(file, 'utf8');
  return tampered(cutTail, async (trx) => {
    await sealHead({ ...testParts, db: trx, signer, file });
    expect(readFileSync(file, 'utf8')).toBe(before);
  });
});

import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { openDatabase } from '../store/database.ts';
import { startEmbeddedPostgres } from '../store/embedded-postgres.ts';
import { migrate } from '../store/migrate.ts';
import { migrations } from '../store/migrations.ts';
import { makeTestFolder, testParts } from '../store/test-database.ts';
import { auditEvidence } from './chain-rows.ts';
import { findEntries } from './find-entries.ts';
import { verifyAudit } from './verify-audit.ts';

test('what happened to accounts before there was an audit stands in it, in its order and whole', async () => {
  using folder = makeTestFolder();
  await using postgres = await startEmbeddedPostgres({ ...testParts, dataDir: folder.path, port: 0 });
  await using database = await openDatabase(postgres.url, testParts.log);
  await migrate(
    database.pool,
    testParts,
    migrations.filter(({ version }) => version < 60),
  );
  const [first, second] = [testParts.makeId(), testParts.makeId()];
  await sql`insert into identity_events (event_id, at, kind, user_id, actor, address, user_agent, detail) values
    (${second}, '2026-11-02T10:00:00.250Z', 'signed_in', null, 'Dana Levi', '192.0.2.7', 'Firefox', '{}'),
    (${first}, '2026-11-01T10:00:00Z', 'api_key_made', null, 'Dana Levi', null, null, '{"keyId": "k-1"}')`.execute(
    database.db,
  );
  await migrate(database.pool, testParts);
  const found = await findEntries(database.db, {}, 'asc', 10);
  expect(found).toMatchObject([
    {
      seq: 1,
      entry: { action: 'account.api_key_made', at: '2026-11-01T10:00:00.000Z', after: { keyId: 'k-1' } },
    },
    {
      seq: 2,
      entry: {
        id: second,
        action: 'account.signed_in',
        at: '2026-11-02T10:00:00.250Z',
        actor: { name: 'Dana Levi' },
        place: { address: '192.0.2.7', userAgent: 'Firefox' },
      },
    },
  ]);
  const verdict = await verifyAudit({ ...(await auditEvidence(database.db)), publicKeys: [] });
  expect(verdict).toMatchObject({ entries: 2, faults: [] });
  const texts = await database.db.selectFrom('audit_changes').select('entry_text').execute();
  expect(JSON.stringify(texts)).not.toMatch(/Dana|192\.0\.2\.7|Firefox/);
}, 120_000);

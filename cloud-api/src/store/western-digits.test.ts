import { expect, test } from 'vitest';
import { westernDigits } from './migrations/043-western-digits.ts';
import { startTestDatabase } from './test-database.ts';

test('a truck that was registered in Arabic digits is found by western ones, and stays the truck it is', async () => {
  await using database = await startTestDatabase();
  await database.pool.query(
    `insert into trucks (id, truck_key, created_at) values ('٧٧-٤٢١-٠٣', '٧٧٤٢١٠٣', now()), ('۱۲ B', '۱۲B', now()), ('12-B', '12B', now())`,
  );
  await database.pool.query(westernDigits);
  const { rows } = await database.pool.query('select id, truck_key, alias_of from trucks order by id');
  expect(rows).toEqual([
    { id: '12-B', truck_key: '12B', alias_of: null },
    { id: '77-421-03', truck_key: '7742103', alias_of: '٧٧٤٢١٠٣' },
    { id: '٧٧-٤٢١-٠٣', truck_key: '٧٧٤٢١٠٣', alias_of: null },
    { id: '۱۲ B', truck_key: '۱۲B', alias_of: null },
  ]);
}, 60_000);

/** Part of version 3: every life of the database, and what the cloud was found to hold of each. */
export const livesSchema = `
  -- Every life of this database in order of birth. The entries of one stand together in the journal, after position
  -- base. parted_after is the last entry that it shares with the cloud, once the two were found to differ: what the
  -- journal has after it was carried into the life that was present then.
  CREATE TABLE lives (
    life               INTEGER PRIMARY KEY,
    incarnation        TEXT NOT NULL UNIQUE,
    born_at            TEXT NOT NULL,
    parent_incarnation TEXT,
    parent_seq         INTEGER CHECK (parent_seq >= 0),
    base               INTEGER NOT NULL CHECK (base >= 0),
    parted_after       INTEGER CHECK (parted_after >= 0),
    CHECK ((parent_incarnation IS NULL) = (parent_seq IS NULL))
  ) STRICT;
  INSERT INTO lives (incarnation, born_at, parent_incarnation, parent_seq, base)
    SELECT incarnation,
      coalesce(strftime('%Y-%m-%dT%H:%M:%fZ', first_ms / 1000.0, 'unixepoch'), '1970-01-01T00:00:00.000Z'),
      lag(incarnation) OVER in_order, lag(last_seq) OVER in_order, first_position - 1
    FROM (
      SELECT incarnation, min(position) AS first_position, max(seq) AS last_seq,
        max(iif(seq = 1 AND json_valid(entry_text), json_extract(iif(json_valid(entry_text), entry_text, '{}'), '$.at.wallMs'), NULL))
          AS first_ms
      FROM journal GROUP BY incarnation
    )
    WINDOW in_order AS (ORDER BY first_position) ORDER BY first_position;
  INSERT INTO lives (incarnation, born_at, parent_incarnation, parent_seq, base)
    SELECT incarnation, born_at, parent_incarnation, parent_seq, (SELECT coalesce(max(position), 0) FROM journal)
    FROM identity WHERE true
    ON CONFLICT (incarnation) DO UPDATE SET born_at = excluded.born_at,
      parent_incarnation = excluded.parent_incarnation, parent_seq = excluded.parent_seq;
  CREATE TRIGGER a_first_life_is_put_on_record AFTER INSERT ON identity BEGIN
    INSERT INTO lives (incarnation, born_at, parent_incarnation, parent_seq, base)
      VALUES (NEW.incarnation, NEW.born_at, NEW.parent_incarnation, NEW.parent_seq,
        (SELECT coalesce(max(position), 0) FROM journal));
  END;
  CREATE TRIGGER a_new_life_is_put_on_record AFTER UPDATE OF incarnation ON identity BEGIN
    INSERT INTO lives (incarnation, born_at, parent_incarnation, parent_seq, base)
      VALUES (NEW.incarnation, NEW.born_at, NEW.parent_incarnation, NEW.parent_seq,
        (SELECT coalesce(max(position), 0) FROM journal));
  END;
  CREATE TRIGGER lives_are_never_deleted BEFORE DELETE ON lives
    BEGIN SELECT RAISE(ABORT, 'lives are never deleted'); END;
  -- A cloud that was restored may share less than before, never more: what was carried over stays carried over.
  CREATE TRIGGER lives_part_ever_earlier BEFORE UPDATE ON lives WHEN NEW.parted_after IS NULL
    OR NEW.parted_after >= OLD.parted_after
    BEGIN SELECT RAISE(ABORT, 'a life parts from the cloud ever earlier'); END;

  -- Each time a chain was compared with the cloud's and found the same: up to which entry, and when by the cloud's
  -- clock. An entry may only ever be let go when it was found there long ago, and is there now.
  CREATE TABLE digest_matches (
    incarnation TEXT NOT NULL,
    matched_at  TEXT NOT NULL,
    matched_seq INTEGER NOT NULL CHECK (matched_seq > 0),
    cloud_epoch TEXT NOT NULL,
    PRIMARY KEY (incarnation, matched_at)
  ) STRICT, WITHOUT ROWID;
`;

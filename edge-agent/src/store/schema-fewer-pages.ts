/**
 * Part of version 3: a weighing writes to fewer pages. Tables are made anew under another name and take the place of the
 * old ones; foreign keys are off while the schema is brought up to date, and are checked as a whole after it.
 */
export const fewerPagesSchema = `
  -- A session is found by its first weight where another session shares it: a clone. The others have it by their id.
  DROP INDEX sessions_by_first_weight;
  CREATE INDEX clones_by_first_weight ON weighing_sessions (first_weight_id) WHERE clone_of IS NOT NULL;

  -- A weighing stands at the position of its journal entry, whose uuid is the id of its weight. So it is found by its id
  -- through the journal's own index, and new ones only ever come at the end.
  CREATE TABLE weighings (
    position        INTEGER PRIMARY KEY REFERENCES journal (position) CHECK (position > 0),
    session_id      TEXT NOT NULL REFERENCES weighing_sessions (session_id),
    scale_id        TEXT NOT NULL,
    direction       TEXT NOT NULL CHECK (direction IN ('in', 'out', 'single')),
    gross_g         INTEGER NOT NULL CHECK (gross_g >= 0),
    containers      TEXT NOT NULL CHECK (json_valid(containers)),
    ticket_series   TEXT NOT NULL,
    ticket_number   INTEGER NOT NULL CHECK (ticket_number > 0),
    registered_at   TEXT NOT NULL,
    source          TEXT NOT NULL CHECK (source IN ('scale', 'manual')),
    manual_operator TEXT CHECK ((source = 'manual') = (manual_operator IS NOT NULL)),
    manual_reason   TEXT CHECK ((source = 'manual') = (manual_reason IS NOT NULL))
  ) STRICT;
  -- A weight without an entry would get position 0, which is refused: none is left behind.
  INSERT INTO weighings
    (position, session_id, scale_id, direction, gross_g, containers, ticket_series, ticket_number, registered_at,
     source, manual_operator, manual_reason)
    SELECT coalesce(position, 0), session_id, scale_id, direction, gross_g, containers, ticket_series, ticket_number,
           registered_at, source, manual_operator, manual_reason
    FROM registered_weights LEFT JOIN journal ON uuid = weight_id ORDER BY position;

  CREATE TABLE emptied_decks_by_entry (
    scale_id  TEXT PRIMARY KEY,
    weight_id TEXT NOT NULL REFERENCES journal (uuid)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO emptied_decks_by_entry SELECT scale_id, weight_id FROM emptied_decks;
  DROP TABLE emptied_decks;
  ALTER TABLE emptied_decks_by_entry RENAME TO emptied_decks;

  CREATE TABLE ticket_copies_by_entry (
    weight_id  TEXT NOT NULL REFERENCES journal (uuid),
    copy       INTEGER NOT NULL CHECK (copy > 0),
    entry_uuid TEXT NOT NULL UNIQUE REFERENCES journal (uuid),
    PRIMARY KEY (weight_id, copy)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO ticket_copies_by_entry SELECT weight_id, copy, entry_uuid FROM ticket_copies;
  DROP TABLE ticket_copies;
  ALTER TABLE ticket_copies_by_entry RENAME TO ticket_copies;
  CREATE TRIGGER ticket_copies_are_counted_without_a_gap BEFORE INSERT ON ticket_copies
    WHEN NEW.copy IS NOT 1 + (SELECT count(*) FROM ticket_copies WHERE weight_id = NEW.weight_id)
    BEGIN SELECT RAISE(ABORT, 'copies of a ticket are counted without a gap'); END;
  CREATE TRIGGER ticket_copies_are_never_changed BEFORE UPDATE ON ticket_copies
    BEGIN SELECT RAISE(ABORT, 'copies of a ticket are never changed'); END;
  CREATE TRIGGER ticket_copies_are_never_deleted BEFORE DELETE ON ticket_copies
    BEGIN SELECT RAISE(ABORT, 'copies of a ticket are never deleted'); END;

  DROP TABLE registered_weights;
  CREATE VIEW registered_weights AS
    SELECT journal.uuid AS weight_id, weighings.* FROM weighings JOIN journal USING (position);

  CREATE TRIGGER weighings_are_never_changed BEFORE UPDATE ON weighings
    BEGIN SELECT RAISE(ABORT, 'weighings are never changed'); END;
  CREATE TRIGGER weighings_are_never_deleted BEFORE DELETE ON weighings
    BEGIN SELECT RAISE(ABORT, 'weighings are never deleted'); END;
  CREATE TRIGGER a_weighing_is_written_with_its_entry BEFORE INSERT ON weighings
    WHEN NEW.position IS NOT (SELECT max(position) FROM journal)
    BEGIN SELECT RAISE(ABORT, 'a weighing is written with its journal entry'); END;
  -- The session is written first and names its weight. A foreign key in that direction would have to be deferred, and
  -- SQLite then searches the whole table of sessions at every weighing.
  CREATE TRIGGER a_weight_is_named_by_its_session BEFORE INSERT ON weighings
    WHEN NOT EXISTS (
      SELECT 1 FROM journal, weighing_sessions
      WHERE position = NEW.position AND session_id = NEW.session_id AND uuid IN (first_weight_id, second_weight_id))
    BEGIN SELECT RAISE(ABORT, 'a registered weight is named by its session'); END;
  -- Weighings only come at the end, so the last ticket of a series is its highest. It is the last of all, but for the
  -- first weighing of a new life.
  CREATE TRIGGER tickets_are_numbered_without_a_gap BEFORE INSERT ON weighings
    WHEN NEW.ticket_number IS NOT 1 + coalesce(
      (SELECT ticket_number FROM weighings WHERE ticket_series = NEW.ticket_series ORDER BY position DESC LIMIT 1), 0)
    BEGIN SELECT RAISE(ABORT, 'tickets of a series are numbered without a gap'); END;

  -- Weighings by time: each run of weighings of one day, by the position of its first. The next run begins where it ends;
  -- a clock that is set back begins another run of a day that was before.
  CREATE TABLE weighing_days (
    first_position INTEGER PRIMARY KEY REFERENCES weighings (position),
    day            TEXT NOT NULL
  ) STRICT;
  CREATE INDEX weighing_days_by_day ON weighing_days (day);
  INSERT INTO weighing_days (first_position, day)
    SELECT position, day FROM (
      SELECT position, substr(registered_at, 1, 10) AS day,
             lag(substr(registered_at, 1, 10)) OVER (ORDER BY position) AS day_before
      FROM weighings)
    WHERE day IS NOT day_before;
  CREATE TRIGGER a_weighing_of_another_day_begins_a_run AFTER INSERT ON weighings
    WHEN substr(NEW.registered_at, 1, 10) IS NOT (
      SELECT substr(registered_at, 1, 10) FROM weighings WHERE position < NEW.position ORDER BY position DESC LIMIT 1)
    BEGIN
      INSERT INTO weighing_days (first_position, day) VALUES (NEW.position, substr(NEW.registered_at, 1, 10));
    END;

  -- Most trucks declare no container.
  CREATE TRIGGER a_weighing_lists_its_containers AFTER INSERT ON weighings WHEN NEW.containers <> '[]' BEGIN
    -- Both weighings of a session may name it, and a clock may stand between them.
    INSERT OR IGNORE INTO declared_containers (container, registered_at, session_id)
      SELECT named.value, NEW.registered_at, NEW.session_id FROM json_each(NEW.containers) AS named;
  END;
`;

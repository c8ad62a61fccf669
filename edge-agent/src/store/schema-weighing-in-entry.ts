const shown = `session_id, scale_id, direction, gross_g, containers, ticket_series, ticket_number, registered_at,
    source, manual_operator, manual_reason`;

/**
 * Part of version 4: what is shown of a weighing stands in the row of its journal entry. Foreign keys are off while the
 * schema is brought up to date, and are checked as a whole after it.
 */
export const weighingInEntrySchema = `
  -- Null in the entries that are no weighings. One table less is one page less to flush at every weighing.
  DROP TRIGGER journal_is_never_changed;
  ALTER TABLE journal ADD COLUMN session_id TEXT REFERENCES weighing_sessions (session_id);
  ALTER TABLE journal ADD COLUMN scale_id TEXT;
  ALTER TABLE journal ADD COLUMN direction TEXT;
  ALTER TABLE journal ADD COLUMN gross_g INTEGER;
  ALTER TABLE journal ADD COLUMN containers TEXT;
  ALTER TABLE journal ADD COLUMN ticket_series TEXT;
  ALTER TABLE journal ADD COLUMN ticket_number INTEGER;
  ALTER TABLE journal ADD COLUMN registered_at TEXT;
  ALTER TABLE journal ADD COLUMN source TEXT;
  ALTER TABLE journal ADD COLUMN manual_operator TEXT;
  -- All checks stand at the last column: each column added with one makes SQLite walk the whole journal.
  ALTER TABLE journal ADD COLUMN manual_reason TEXT
    CHECK ((scale_id IS NULL) = (session_id IS NULL) AND (direction IS NULL) = (session_id IS NULL)
      AND (gross_g IS NULL) = (session_id IS NULL) AND (containers IS NULL) = (session_id IS NULL)
      AND (ticket_series IS NULL) = (session_id IS NULL) AND (ticket_number IS NULL) = (session_id IS NULL)
      AND (registered_at IS NULL) = (session_id IS NULL) AND (source IS NULL) = (session_id IS NULL))
    -- A list of three would be made a table anew at every insert.
    CHECK (direction = 'in' OR direction = 'out' OR direction = 'single')
    CHECK (gross_g >= 0)
    CHECK (json_valid(containers))
    CHECK (ticket_number > 0)
    CHECK (source IN ('scale', 'manual'))
    CHECK ((source IS 'manual') = (manual_operator IS NOT NULL))
    CHECK ((source IS 'manual') = (manual_reason IS NOT NULL));
  UPDATE journal SET (${shown}) = (SELECT ${shown} FROM weighings WHERE weighings.position = journal.position)
    WHERE position IN (SELECT position FROM weighings);
  CREATE TRIGGER journal_is_never_changed BEFORE UPDATE ON journal
    BEGIN SELECT RAISE(ABORT, 'journal entries are never changed'); END;

  DROP VIEW registered_weights;
  DROP TABLE weighings;
  CREATE VIEW registered_weights AS
    SELECT uuid AS weight_id, position, ${shown} FROM journal WHERE session_id IS NOT NULL;

  CREATE TABLE weighing_days_by_entry (
    first_position INTEGER PRIMARY KEY REFERENCES journal (position),
    day            TEXT NOT NULL
  ) STRICT;
  INSERT INTO weighing_days_by_entry SELECT first_position, day FROM weighing_days;
  DROP TABLE weighing_days;
  ALTER TABLE weighing_days_by_entry RENAME TO weighing_days;
  CREATE INDEX weighing_days_by_day ON weighing_days (day);
  CREATE TRIGGER a_weighing_of_another_day_begins_a_run AFTER INSERT ON journal
    WHEN NEW.session_id IS NOT NULL AND substr(NEW.registered_at, 1, 10) IS NOT (
      SELECT substr(registered_at, 1, 10) FROM journal
      WHERE position < NEW.position AND session_id IS NOT NULL ORDER BY position DESC LIMIT 1)
    BEGIN
      INSERT INTO weighing_days (first_position, day) VALUES (NEW.position, substr(NEW.registered_at, 1, 10));
    END;

  -- The session is written first and names its weight.
  CREATE TRIGGER a_weight_is_named_by_its_session BEFORE INSERT ON journal
    WHEN NEW.session_id IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM weighing_sessions
      WHERE session_id = NEW.session_id AND NEW.uuid IN (first_weight_id, second_weight_id))
    BEGIN SELECT RAISE(ABORT, 'a registered weight is named by its session'); END;
  -- Entries only come at the end, so the last ticket of a series is its highest.
  CREATE TRIGGER tickets_are_numbered_without_a_gap BEFORE INSERT ON journal
    WHEN NEW.session_id IS NOT NULL AND NEW.ticket_number IS NOT 1 + coalesce(
      (SELECT ticket_number FROM journal WHERE ticket_series = NEW.ticket_series ORDER BY position DESC LIMIT 1), 0)
    BEGIN SELECT RAISE(ABORT, 'tickets of a series are numbered without a gap'); END;
  -- Most trucks declare no container.
  CREATE TRIGGER a_weighing_lists_its_containers AFTER INSERT ON journal WHEN NEW.containers <> '[]' BEGIN
    -- Both weighings of a session may name it, and a clock may stand between them.
    INSERT OR IGNORE INTO declared_containers (container, registered_at, session_id)
      SELECT named.value, NEW.registered_at, NEW.session_id FROM json_each(NEW.containers) AS named;
  END;
`;

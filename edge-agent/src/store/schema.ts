import { commandsSchema } from './schema-commands.ts';
import { deskSchema } from './schema-desk.ts';
import { fewerPagesSchema } from './schema-fewer-pages.ts';
import { livesSchema } from './schema-lives.ts';
import { masterDataSchema } from './schema-master-data.ts';
import { settingsSchema } from './schema-settings.ts';
import { weighingInEntrySchema } from './schema-weighing-in-entry.ts';

/**
 * The schema, one text per version; `user_version` counts those applied. A released text is never changed: add one.
 */
export const schemaVersions: readonly string[] = [
  `
  -- One life of this database. A restored or rebuilt database is a new life.
  CREATE TABLE identity (
    id                 INTEGER PRIMARY KEY CHECK (id = 1),
    device             TEXT NOT NULL,
    site               TEXT NOT NULL,
    incarnation        TEXT NOT NULL,
    born_at            TEXT NOT NULL,
    parent_incarnation TEXT,
    parent_seq         INTEGER
  ) STRICT;

  -- The record, and at once the outbox: what the cloud has not acknowledged is simply the rest of it.
  -- entry_text is the exact text that was hashed and that is sent. The entries of one incarnation stand together, so
  -- position and seq differ by a fixed number within it.
  CREATE TABLE journal (
    position    INTEGER PRIMARY KEY,
    incarnation TEXT NOT NULL,
    seq         INTEGER NOT NULL,
    uuid        TEXT NOT NULL UNIQUE,
    kind        TEXT NOT NULL,
    entry_text  TEXT NOT NULL,
    hash        TEXT NOT NULL CHECK (length(hash) = 64)
  ) STRICT;
  CREATE TRIGGER journal_has_no_gap BEFORE INSERT ON journal
    WHEN NEW.seq IS NOT 1 + coalesce(
      (SELECT seq FROM journal WHERE position = NEW.position - 1 AND incarnation = NEW.incarnation), 0)
    BEGIN SELECT RAISE(ABORT, 'journal entries follow one another without a gap'); END;
  CREATE TRIGGER journal_is_never_changed BEFORE UPDATE ON journal
    BEGIN SELECT RAISE(ABORT, 'journal entries are never changed'); END;
  CREATE TRIGGER journal_is_never_shortened BEFORE DELETE ON journal
    BEGIN SELECT RAISE(ABORT, 'journal entries are never deleted'); END;

  -- A weighing's journal entry has the id of its weight. Tickets are numbered without a gap within their series.
  CREATE TABLE registered_weights (
    weight_id     TEXT PRIMARY KEY REFERENCES journal (uuid),
    session_id    TEXT NOT NULL REFERENCES weighing_sessions (session_id),
    scale_id      TEXT NOT NULL,
    direction     TEXT NOT NULL CHECK (direction IN ('in', 'out', 'single')),
    gross_g       INTEGER NOT NULL CHECK (gross_g >= 0),
    containers    TEXT NOT NULL CHECK (json_valid(containers)),
    ticket_series TEXT NOT NULL,
    ticket_number INTEGER NOT NULL CHECK (ticket_number > 0),
    registered_at TEXT NOT NULL,
    UNIQUE (ticket_series, ticket_number)
  ) STRICT, WITHOUT ROWID;
  CREATE TRIGGER registered_weights_are_never_changed BEFORE UPDATE ON registered_weights
    BEGIN SELECT RAISE(ABORT, 'registered weights are never changed'); END;
  CREATE TRIGGER registered_weights_are_never_deleted BEFORE DELETE ON registered_weights
    BEGIN SELECT RAISE(ABORT, 'registered weights are never deleted'); END;

  CREATE TABLE weighing_sessions (
    session_id       TEXT PRIMARY KEY,
    truck            TEXT,
    truck_key        TEXT,
    produce          TEXT,
    state            TEXT NOT NULL CHECK (state IN ('open', 'closed', 'single')),
    first_weight_id  TEXT NOT NULL,
    second_weight_id TEXT,
    net_kind         TEXT CHECK (net_kind IN ('known', 'pending')),
    net_g            INTEGER,
    truck_tare_g     INTEGER,
    waiting_for      TEXT CHECK (waiting_for IS NULL OR json_valid(waiting_for)),
    CHECK ((truck IS NULL) = (truck_key IS NULL)),
    CHECK (state = 'single' OR truck IS NOT NULL),
    CHECK ((state = 'closed') = (second_weight_id IS NOT NULL)),
    CHECK ((state = 'closed') = (net_kind IS NOT NULL)),
    CHECK ((net_kind IS 'known') = (net_g IS NOT NULL AND truck_tare_g IS NOT NULL)),
    CHECK ((net_kind IS 'pending') = (waiting_for IS NOT NULL))
  ) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX one_open_session_per_truck ON weighing_sessions (truck_key) WHERE state = 'open';
  -- The session is written first and names its weight. A foreign key in that direction would have to be deferred, and
  -- SQLite then searches the whole table of sessions at every weighing.
  CREATE TRIGGER a_weight_is_named_by_its_session BEFORE INSERT ON registered_weights
    WHEN NOT EXISTS (
      SELECT 1 FROM weighing_sessions
      WHERE session_id = NEW.session_id AND NEW.weight_id IN (first_weight_id, second_weight_id))
    BEGIN SELECT RAISE(ABORT, 'a registered weight is named by its session'); END;

  CREATE TABLE container_tares (
    container  TEXT PRIMARY KEY,
    tare_g     INTEGER NOT NULL CHECK (tare_g >= 0),
    entry_uuid TEXT NOT NULL REFERENCES journal (uuid)
  ) STRICT, WITHOUT ROWID;

  -- The last weight of each deck after which it was seen empty. While that is not the deck's last weight of all, its
  -- load may still be the registered one, and a restart must not register it again.
  CREATE TABLE emptied_decks (
    scale_id  TEXT PRIMARY KEY,
    weight_id TEXT NOT NULL REFERENCES registered_weights (weight_id)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE idempotency_keys (
    key            TEXT PRIMARY KEY,
    request_digest TEXT NOT NULL,
    entry_uuid     TEXT NOT NULL REFERENCES journal (uuid)
  ) STRICT;

  -- How far the cloud has acknowledged. Lost or wrong, it costs a resend and nothing else.
  CREATE TABLE sync_positions (
    incarnation TEXT PRIMARY KEY,
    acked_seq   INTEGER NOT NULL CHECK (acked_seq >= 0),
    cloud_epoch TEXT NOT NULL
  ) STRICT;
  `,
  `
  -- Manual weights: who gave them and why.
  ALTER TABLE registered_weights ADD COLUMN source TEXT NOT NULL DEFAULT 'scale' CHECK (source IN ('scale', 'manual'));
  ALTER TABLE registered_weights ADD COLUMN manual_operator TEXT
    CHECK ((source = 'manual') = (manual_operator IS NOT NULL));
  ALTER TABLE registered_weights ADD COLUMN manual_reason TEXT
    CHECK ((source = 'manual') = (manual_reason IS NOT NULL));

  -- What the lists of the weight API look up: weighings by time, sessions by weight, by truck and by container.
  CREATE INDEX registered_weights_by_time ON registered_weights (registered_at, weight_id);
  CREATE INDEX sessions_by_first_weight ON weighing_sessions (first_weight_id);
  CREATE INDEX sessions_by_truck ON weighing_sessions (truck_key, session_id);
  CREATE TABLE declared_containers (
    container     TEXT NOT NULL,
    registered_at TEXT NOT NULL,
    session_id    TEXT NOT NULL REFERENCES weighing_sessions (session_id),
    PRIMARY KEY (container, registered_at, session_id)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO declared_containers (container, registered_at, session_id)
    SELECT DISTINCT named.value, registered_at, session_id FROM registered_weights, json_each(containers) AS named;
  CREATE TRIGGER a_weight_lists_its_containers AFTER INSERT ON registered_weights BEGIN
    -- Both weighings of a session may name it, and a clock may stand between them.
    INSERT OR IGNORE INTO declared_containers (container, registered_at, session_id)
      SELECT named.value, NEW.registered_at, NEW.session_id FROM json_each(NEW.containers) AS named;
  END;

  -- Sessions that count no more: state keeps the stage they had reached. A clone stands on the first weight of the
  -- session it replaces, with containers of its own. net_refusal says why a net whose tares are all here stays pending.
  ALTER TABLE weighing_sessions ADD COLUMN ended TEXT CHECK (ended IN ('superseded', 'voided'));
  ALTER TABLE weighing_sessions ADD COLUMN ended_entry_uuid TEXT REFERENCES journal (uuid)
    CHECK ((ended IS NULL) = (ended_entry_uuid IS NULL));
  ALTER TABLE weighing_sessions ADD COLUMN clone_of TEXT REFERENCES weighing_sessions (session_id);
  ALTER TABLE weighing_sessions ADD COLUMN first_containers TEXT
    CHECK ((clone_of IS NULL) = (first_containers IS NULL) AND (first_containers IS NULL OR json_valid(first_containers)));
  ALTER TABLE weighing_sessions ADD COLUMN net_refusal TEXT
    CHECK (net_refusal IS NULL OR (net_kind = 'pending' AND net_refusal IN ('negative_net', 'containers_heavier')));
  DROP INDEX one_open_session_per_truck;
  CREATE UNIQUE INDEX one_open_session_per_truck ON weighing_sessions (truck_key) WHERE state = 'open' AND ended IS NULL;
  CREATE INDEX pending_nets ON weighing_sessions (session_id) WHERE net_kind = 'pending';
  CREATE TRIGGER a_clone_lists_its_containers AFTER INSERT ON weighing_sessions WHEN NEW.clone_of IS NOT NULL BEGIN
    INSERT INTO declared_containers (container, registered_at, session_id)
      SELECT DISTINCT named.value, registered_at, NEW.session_id
      FROM registered_weights, json_each(NEW.first_containers) AS named WHERE weight_id = NEW.first_weight_id;
  END;

  -- Who may sign in. PINs are kept as verifiers alone. Nobody is deleted: a name is never given to another person.
  CREATE TABLE operators (
    operator_id TEXT PRIMARY KEY,
    name        TEXT NOT NULL,
    name_key    TEXT NOT NULL UNIQUE,
    role        TEXT NOT NULL CHECK (role IN ('weigher', 'supervisor')),
    verifier    TEXT NOT NULL CHECK (verifier GLOB '$argon2id$*'),
    failures    INTEGER NOT NULL CHECK (failures BETWEEN 0 AND 10),
    blocked     INTEGER NOT NULL CHECK (blocked IN (0, 1))
  ) STRICT, WITHOUT ROWID;
  CREATE TRIGGER operators_are_never_deleted BEFORE DELETE ON operators
    BEGIN SELECT RAISE(ABORT, 'operators are never deleted'); END;

  CREATE TABLE shifts (
    shift_id    TEXT PRIMARY KEY,
    operator_id TEXT NOT NULL REFERENCES operators (operator_id),
    opened_uuid TEXT NOT NULL UNIQUE REFERENCES journal (uuid),
    opened_at   TEXT NOT NULL,
    closed_uuid TEXT UNIQUE REFERENCES journal (uuid),
    closed_at   TEXT,
    closed_by   TEXT,
    offline_ms  INTEGER NOT NULL CHECK (offline_ms >= 0),
    CHECK ((closed_uuid IS NULL) = (closed_at IS NULL)),
    CHECK ((closed_uuid IS NULL) = (closed_by IS NULL))
  ) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX one_open_shift_per_operator ON shifts (operator_id) WHERE closed_uuid IS NULL;
  CREATE TRIGGER closed_shifts_are_never_changed BEFORE UPDATE ON shifts WHEN OLD.closed_uuid IS NOT NULL
    BEGIN SELECT RAISE(ABORT, 'closed shifts are never changed'); END;

  -- The sealable parameters as last put on record, and the counters of the times they were changed.
  CREATE TABLE sealed_parameters (
    parameter TEXT PRIMARY KEY,
    value     TEXT CHECK (value IS NULL OR json_valid(value))
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE adjustment_counters (
    id  INTEGER PRIMARY KEY CHECK (id = 1),
    cfg INTEGER NOT NULL CHECK (cfg >= 0),
    cal INTEGER NOT NULL CHECK (cal >= 0)
  ) STRICT;
  INSERT INTO adjustment_counters (id, cfg, cal) VALUES (1, 0, 0);
  CREATE TRIGGER adjustment_counters_never_go_back BEFORE UPDATE ON adjustment_counters
    WHEN NEW.cfg < OLD.cfg OR NEW.cal < OLD.cal
    BEGIN SELECT RAISE(ABORT, 'the counters of adjustments never go back'); END;
  CREATE TRIGGER adjustment_counters_are_never_deleted BEFORE DELETE ON adjustment_counters
    BEGIN SELECT RAISE(ABORT, 'the counters of adjustments are never deleted'); END;

  -- The latest wall-clock time that could be trusted. A clock that starts before it was set back.
  CREATE TABLE clock_mark (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    wall_ms INTEGER NOT NULL CHECK (wall_ms >= 0)
  ) STRICT;

  -- A truck weighed once has a stored tare in place of a second weight; second_weight_id then names the first again.
  ALTER TABLE weighing_sessions ADD COLUMN stored_tare TEXT
    CHECK (stored_tare IS NULL OR (stored_tare IN ('weighed', 'preset') AND second_weight_id = first_weight_id));

  -- Tares of trucks that somebody typed. Those that were weighed are the sessions themselves.
  CREATE TABLE preset_tares (
    truck_key  TEXT PRIMARY KEY,
    tare_g     INTEGER NOT NULL CHECK (tare_g >= 0),
    set_at     TEXT NOT NULL,
    entry_uuid TEXT NOT NULL REFERENCES journal (uuid)
  ) STRICT, WITHOUT ROWID;

  -- The most a truck may weigh on the road.
  CREATE TABLE truck_limits (
    truck_key     TEXT PRIMARY KEY,
    legal_gross_g INTEGER NOT NULL CHECK (legal_gross_g > 0),
    overload      TEXT NOT NULL CHECK (overload IN ('warn', 'refuse')),
    entry_uuid    TEXT NOT NULL REFERENCES journal (uuid)
  ) STRICT, WITHOUT ROWID;

  -- What a check found broken in the journal. A break stands until a person's entry acknowledges it.
  CREATE TABLE seal_breaks (
    incarnation     TEXT NOT NULL,
    seq             INTEGER NOT NULL CHECK (seq > 0),
    reason          TEXT NOT NULL,
    detail          TEXT NOT NULL,
    found_at        TEXT NOT NULL,
    acknowledged_by TEXT REFERENCES journal (uuid),
    PRIMARY KEY (incarnation, seq, reason)
  ) STRICT, WITHOUT ROWID;

  -- Copies of tickets, counted for each; the original is none of them.
  CREATE TABLE ticket_copies (
    weight_id  TEXT NOT NULL REFERENCES registered_weights (weight_id),
    copy       INTEGER NOT NULL CHECK (copy > 0),
    entry_uuid TEXT NOT NULL UNIQUE REFERENCES journal (uuid),
    PRIMARY KEY (weight_id, copy)
  ) STRICT, WITHOUT ROWID;
  CREATE TRIGGER ticket_copies_are_counted_without_a_gap BEFORE INSERT ON ticket_copies
    WHEN NEW.copy IS NOT 1 + (SELECT count(*) FROM ticket_copies WHERE weight_id = NEW.weight_id)
    BEGIN SELECT RAISE(ABORT, 'copies of a ticket are counted without a gap'); END;
  CREATE TRIGGER ticket_copies_are_never_changed BEFORE UPDATE ON ticket_copies
    BEGIN SELECT RAISE(ABORT, 'copies of a ticket are never changed'); END;
  CREATE TRIGGER ticket_copies_are_never_deleted BEFORE DELETE ON ticket_copies
    BEGIN SELECT RAISE(ABORT, 'copies of a ticket are never deleted'); END;
  `,
  `
  ${livesSchema}
  ${deskSchema}
  ${fewerPagesSchema}
  ${masterDataSchema}
  ${commandsSchema}
  ${settingsSchema}
  `,
  `
  ${weighingInEntrySchema}
  `,
];

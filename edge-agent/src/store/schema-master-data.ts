/** Master data as the cloud gave it, and what was made of it here. A part of version 3. */
export const masterDataSchema = `
  -- body is the very text the cloud hashed, also of entities and fields that this program does not know.
  CREATE TABLE master_data_rows (
    entity   TEXT NOT NULL,
    row_id   TEXT NOT NULL,
    revision INTEGER NOT NULL CHECK (revision > 0),
    body     TEXT NOT NULL,
    PRIMARY KEY (entity, row_id)
  ) STRICT, WITHOUT ROWID;

  -- A snapshot under way. It takes the place of the rows in one transaction, or never.
  CREATE TABLE master_data_loading_rows (
    entity   TEXT NOT NULL,
    row_id   TEXT NOT NULL,
    revision INTEGER NOT NULL CHECK (revision > 0),
    body     TEXT NOT NULL,
    PRIMARY KEY (entity, row_id)
  ) STRICT, WITHOUT ROWID;

  -- confirmed_at: when the cloud last said that this is the latest. loading_*: the snapshot under way, and how far it is.
  CREATE TABLE master_data_state (
    id               INTEGER PRIMARY KEY CHECK (id = 1),
    cloud_epoch      TEXT,
    revision         INTEGER NOT NULL CHECK (revision >= 0),
    confirmed_at     TEXT,
    loading_epoch    TEXT,
    loading_revision INTEGER CHECK (loading_revision >= 0),
    loading_after    INTEGER CHECK (loading_after >= 0),
    CHECK ((revision = 0) OR (cloud_epoch IS NOT NULL)),
    CHECK ((loading_epoch IS NULL) = (loading_revision IS NULL) AND (loading_epoch IS NULL) = (loading_after IS NULL))
  ) STRICT;
  INSERT INTO master_data_state (id, revision) VALUES (1, 0);

  -- The tare of each container that was last taken over from the cloud, null while none holds: each is taken over once,
  -- and a tare that is measured here afterwards stands. A row is looked at again in another revision, or on its next day.
  CREATE TABLE taken_over_tares (
    row_id        TEXT PRIMARY KEY,
    revision      INTEGER NOT NULL,
    tare_g        INTEGER CHECK (tare_g >= 0),
    valid_from    TEXT,
    look_again_at TEXT
  ) STRICT, WITHOUT ROWID;

  -- Trucks that were on no list, with the temporary id that stands for each until the cloud has said which it is.
  CREATE TABLE truck_proposals (
    truck_key   TEXT PRIMARY KEY,
    proposal_id TEXT NOT NULL UNIQUE,
    entry_uuid  TEXT NOT NULL REFERENCES journal (uuid)
  ) STRICT, WITHOUT ROWID;
  CREATE TRIGGER truck_proposals_are_never_changed BEFORE UPDATE ON truck_proposals
    BEGIN SELECT RAISE(ABORT, 'truck proposals are never changed'); END;

  -- Operators of the cloud sign in beside those that were added here, between their days.
  ALTER TABLE operators ADD COLUMN origin TEXT NOT NULL DEFAULT 'local' CHECK (origin IN ('local', 'cloud'));
  ALTER TABLE operators ADD COLUMN valid_from TEXT CHECK (valid_from IS NULL OR origin = 'cloud');
  ALTER TABLE operators ADD COLUMN valid_to TEXT CHECK (valid_to IS NULL OR origin = 'cloud');
  ALTER TABLE operators ADD COLUMN withdrawn INTEGER NOT NULL DEFAULT 0
    CHECK (withdrawn IN (0, 1) AND (withdrawn = 0 OR origin = 'cloud'));
`;

/** What the weighing desk keeps beside its weighings. A part of version 3. */
export const deskSchema = `
  -- What was answered under a caller's key to requests that create something other than a weighing.
  CREATE TABLE kept_answers (
    key            TEXT PRIMARY KEY,
    request_digest TEXT NOT NULL,
    answer         TEXT NOT NULL CHECK (json_valid(answer))
  ) STRICT;
  CREATE TRIGGER kept_answers_are_never_changed BEFORE UPDATE ON kept_answers
    BEGIN SELECT RAISE(ABORT, 'kept answers are never changed'); END;

  -- Tickets that were issued once more under their number because a pending net was completed; the first issue is 1.
  CREATE TABLE ticket_issues (
    weight_id      TEXT NOT NULL REFERENCES journal (uuid),
    issue          INTEGER NOT NULL CHECK (issue > 1),
    completed_uuid TEXT NOT NULL UNIQUE REFERENCES journal (uuid),
    PRIMARY KEY (weight_id, issue)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO ticket_issues (weight_id, issue, completed_uuid)
    SELECT json_extract(entry_text, '$.body.second.weightId'), 2, uuid FROM journal
    WHERE kind = 'session.net_completed' AND json_valid(entry_text);
  CREATE TRIGGER ticket_issues_are_never_changed BEFORE UPDATE ON ticket_issues
    BEGIN SELECT RAISE(ABORT, 'issues of a ticket are never changed'); END;
  CREATE TRIGGER ticket_issues_are_never_deleted BEFORE DELETE ON ticket_issues
    BEGIN SELECT RAISE(ABORT, 'issues of a ticket are never deleted'); END;

  -- Tickets that wait for the printer, first come first. Each is written with what it is the ticket of, so that a power
  -- cut between the two leaves it waiting. copy is null for the first print of an issue.
  CREATE TABLE tickets_to_print (
    place     INTEGER PRIMARY KEY AUTOINCREMENT,
    weight_id TEXT NOT NULL REFERENCES journal (uuid),
    copy      INTEGER CHECK (copy > 0)
  ) STRICT;

  -- Who delivers, as said at the first weighing.
  ALTER TABLE weighing_sessions ADD COLUMN provider TEXT;

  -- When there was a connection to the cloud.
  CREATE INDEX link_changes ON journal (position) WHERE kind = 'link.changed';
`;

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
`;

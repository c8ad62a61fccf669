/** Part of version 3: which outcomes of remote settings stand in the journal. */
export const settingsSchema = `
  -- The state itself is a file, which is read before the store is opened. This keeps a report from being made twice.
  CREATE TABLE settings_reports (
    version INTEGER NOT NULL CHECK (version > 0),
    outcome TEXT NOT NULL CHECK (outcome IN ('trying', 'applied', 'refused', 'rolled_back')),
    PRIMARY KEY (version, outcome)
  ) STRICT, WITHOUT ROWID;
`;

/** Part of version 3: commands of the cloud that were followed. */
export const commandsSchema = `
  -- So that none is followed twice. A command that expired more than a day ago is refused for that, and forgotten here.
  CREATE TABLE taken_commands (
    nonce      TEXT PRIMARY KEY,
    expires_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
`;

/** Part of version 3: a weighing writes to fewer pages. */
export const fewerPagesSchema = `
  -- A session is found by its first weight where another session shares it: a clone. The others have it by their id.
  DROP INDEX sessions_by_first_weight;
  CREATE INDEX clones_by_first_weight ON weighing_sessions (first_weight_id) WHERE clone_of IS NOT NULL;

  -- Most trucks declare no container.
  DROP TRIGGER a_weight_lists_its_containers;
  CREATE TRIGGER a_weight_lists_its_containers AFTER INSERT ON registered_weights WHEN NEW.containers <> '[]' BEGIN
    -- Both weighings of a session may name it, and a clock may stand between them.
    INSERT OR IGNORE INTO declared_containers (container, registered_at, session_id)
      SELECT named.value, NEW.registered_at, NEW.session_id FROM json_each(NEW.containers) AS named;
  END;
`;

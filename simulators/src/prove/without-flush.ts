import Database from 'better-sqlite3';

// The control of the crash proof, loaded into the agent before it starts: every commit is left unflushed while the
// agent is told that it was. A proof that does not notice this proves nothing.
const { pragma } = Database.prototype;
Database.prototype.pragma = function pragmaWithoutFlush(source, options) {
  if (source === 'synchronous = FULL') return pragma.call(this, 'synchronous = NORMAL', options);
  if (source === 'synchronous') return 2;
  return pragma.call(this, source, options);
};

import type { Clock, MakeId, OperatorRole, Uuid } from '@weighgate/protocol';
import type Database from 'better-sqlite3';
import type { Journal } from './journal.ts';

/** Wrong PINs in a row after which an operator is blocked. */
export const MAX_PIN_FAILURES = 10;

/** Somebody who works at this weighbridge. */
export interface Operator {
  operatorId: Uuid;
  name: string;
  role: OperatorRole;
  /** Argon2id of the PIN; it never leaves this database. */
  verifier: string;
  /** Wrong PINs since the last right one, the one being checked now included. */
  failures: number;
  blocked: boolean;
}

/** The people who may sign in here. */
export interface Operators {
  /** By name, however it is written: upper and lower case are one. */
  named(name: string): Operator | undefined;
  byId(operatorId: string): Operator | undefined;
  /** Names of all who are not blocked, by name. */
  names(): string[];
  /** @returns `name_taken` when there is one of that name, blocked or not: a name is never given to another person */
  add(operator: { name: string; role: OperatorRole; verifier: string }): Operator | 'name_taken';
  /** Gives a new PIN and unblocks. */
  setPin(operatorId: Uuid, verifier: string): void;
  /** Counts a wrong PIN before it is known to be one: pulling the plug while it is compared counts it too. */
  countFailure(operatorId: Uuid): void;
  /** The PIN was right. A blocked operator stays blocked. */
  clearFailures(operatorId: Uuid): void;
  block(operatorId: Uuid): void;
  /** @param by the supervisor's name */
  unblock(operatorId: Uuid, by: string): void;
}

type OperatorRow = Omit<Operator, 'blocked'> & { blocked: 0 | 1 };

export function openOperators(
  database: Database.Database,
  journal: Journal,
  { makeId }: { clock: Clock; makeId: MakeId },
): Operators {
  const columns = 'operator_id AS operatorId, name, role, verifier, failures, blocked';
  const selectByName = database.prepare<[string], OperatorRow>(
    `SELECT ${columns} FROM operators WHERE name_key = ?`,
  );
  const selectById = database.prepare<[string], OperatorRow>(
    `SELECT ${columns} FROM operators WHERE operator_id = ?`,
  );
  const selectNames = database
    .prepare<[], string>('SELECT name FROM operators WHERE blocked = 0 ORDER BY name_key')
    .pluck();
  const insert = database.prepare(`
    INSERT INTO operators (operator_id, name, name_key, role, verifier, failures, blocked)
    VALUES (?, ?, ?, ?, ?, 0, 0)
  `);
  const setVerifier = database.prepare(
    'UPDATE operators SET verifier = ?, failures = 0, blocked = 0 WHERE operator_id = ?',
  );
  const addFailure = database.prepare('UPDATE operators SET failures = failures + 1 WHERE operator_id = ?');
  const noFailures = database.prepare(
    'UPDATE operators SET failures = 0 WHERE operator_id = ? AND blocked = 0',
  );
  const setBlocked = database.prepare('UPDATE operators SET blocked = 1 WHERE operator_id = ?');
  const setUnblocked = database.prepare(
    'UPDATE operators SET blocked = 0, failures = 0 WHERE operator_id = ?',
  );

  const operatorOf = (row: OperatorRow | undefined): Operator | undefined =>
    row === undefined ? undefined : { ...row, blocked: row.blocked === 1 };
  const byId = (operatorId: string) => operatorOf(selectById.get(operatorId));

  function known(operatorId: Uuid): Operator {
    const operator = byId(operatorId);
    if (operator === undefined) throw new Error(`operator ${operatorId} is not stored`);
    return operator;
  }

  return {
    named: (name) => operatorOf(selectByName.get(nameKeyOf(name))),
    byId,
    names: () => selectNames.all(),

    add: ({ name, role, verifier }) =>
      journal.commit(() => {
        if (selectByName.get(nameKeyOf(name)) !== undefined) return 'name_taken';
        const operatorId = makeId();
        journal.append({ kind: 'operator.added', body: { operatorId, name, role } });
        insert.run(operatorId, name, nameKeyOf(name), role, verifier);
        return known(operatorId);
      }),

    setPin: (operatorId, verifier) =>
      journal.commit(() => {
        journal.append({ kind: 'operator.pin_set', body: { operatorId, name: known(operatorId).name } });
        setVerifier.run(verifier, operatorId);
      }),

    countFailure: (operatorId) => journal.commit(() => void addFailure.run(operatorId)),
    clearFailures: (operatorId) => journal.commit(() => void noFailures.run(operatorId)),

    block: (operatorId) =>
      journal.commit(() => {
        const { name, failures, blocked } = known(operatorId);
        if (blocked) return;
        journal.append({ kind: 'operator.blocked', body: { operatorId, name, failures } });
        setBlocked.run(operatorId);
      }),

    unblock: (operatorId, by) =>
      journal.commit(() => {
        const { name } = known(operatorId);
        journal.append({ kind: 'operator.unblocked', body: { operatorId, name, by } });
        setUnblocked.run(operatorId);
      }),
  };
}

/** How names are compared: one form of every letter, no case. */
function nameKeyOf(name: string): string {
  return name.normalize('NFKC').toLowerCase().trim();
}

import {
  type Clock,
  isValidAt,
  type MakeId,
  type MasterDataBody,
  type OperatorRole,
  type Uuid,
} from '@weighgate/protocol';
import type Database from 'better-sqlite3';
import type { Journal } from './journal.ts';

/** Wrong PINs in a row after which an operator is blocked. */
export const MAX_PIN_FAILURES = 10;

/** Somebody who works at this weighbridge. */
export interface Operator {
  operatorId: Uuid;
  name: string;
  role: OperatorRole;
  /** Argon2id of the PIN. One made here never leaves this database. */
  verifier: string;
  /** Added here, or in the cloud for this site. */
  origin: 'local' | 'cloud';
  /** Whether it is one of their days. One of the cloud's also needs that the cloud was heard of lately. */
  valid: boolean;
  /** Wrong PINs since the last right one, the one being checked now included. */
  failures: number;
  blocked: boolean;
}

/** The people who may sign in here. */
export interface Operators {
  /** By name, however it is written: upper and lower case are one. */
  named(name: string): Operator | undefined;
  byId(operatorId: string): Operator | undefined;
  /** Names of all who may sign in now, by name. */
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
  /**
   * Brings the operators of the cloud in line with its list: new ones, new PINs, which also unblock, and those that were
   * taken away. Must run inside a transaction.
   * @returns names that stay those of operators who were added here
   */
  followCloud(listed: readonly MasterDataBody<'operator'>[]): string[];
}

/** Without word from the cloud for so long, nobody knows whether its operators still are. */
const OFFLINE_VALIDITY_MS = 30 * 86_400_000;

type OperatorRow = Omit<Operator, 'blocked' | 'valid'> & {
  blocked: 0 | 1;
  withdrawn: 0 | 1;
  validFrom: string | null;
  validTo: string | null;
};

export function openOperators(
  database: Database.Database,
  journal: Journal,
  { clock, makeId }: { clock: Clock; makeId: MakeId },
  confirmedAt: () => string | null,
): Operators {
  const columns = `operator_id AS operatorId, name, role, verifier, failures, blocked, origin, withdrawn,
    valid_from AS validFrom, valid_to AS validTo`;
  const selectByName = database.prepare<[string], OperatorRow>(
    `SELECT ${columns} FROM operators WHERE name_key = ?`,
  );
  const selectById = database.prepare<[string], OperatorRow>(
    `SELECT ${columns} FROM operators WHERE operator_id = ?`,
  );
  const selectUnblocked = database.prepare<[], OperatorRow>(
    `SELECT ${columns} FROM operators WHERE blocked = 0 ORDER BY name_key`,
  );
  const insertListed = database.prepare(`
    INSERT INTO operators
      (operator_id, name, name_key, role, verifier, failures, blocked, origin, valid_from, valid_to)
    VALUES (@operatorId, @name, @nameKey, @role, @verifier, 0, 0, 'cloud', @validFrom, @validTo)
  `);
  const updateListed = database.prepare(`
    UPDATE operators
    SET name = @name, name_key = @nameKey, role = @role, valid_from = @validFrom, valid_to = @validTo, withdrawn = 0
    WHERE operator_id = @operatorId AND origin = 'cloud'
  `);
  const selectFromCloud = database
    .prepare<[], string>("SELECT operator_id FROM operators WHERE origin = 'cloud' AND withdrawn = 0")
    .pluck();
  const withdraw = database.prepare(
    "UPDATE operators SET withdrawn = 1 WHERE operator_id = ? AND origin = 'cloud'",
  );
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
    row === undefined ? undefined : { ...row, blocked: row.blocked === 1, valid: isValid(row) };
  const byId = (operatorId: string) => operatorOf(selectById.get(operatorId));

  function isValid(row: OperatorRow): boolean {
    if (row.origin === 'local') return true;
    const nowMs = clock.now();
    const heardAt = confirmedAt();
    const isHeardOf = heardAt !== null && nowMs - Date.parse(heardAt) <= OFFLINE_VALIDITY_MS;
    return isHeardOf && row.withdrawn === 0 && isValidAt(row, nowMs);
  }

  function follow(listed: MasterDataBody<'operator'>): boolean {
    const nameKey = nameKeyOf(listed.name);
    const named = selectByName.get(nameKey);
    if (named !== undefined && named.operatorId !== listed.operatorId) return false;
    const before = selectById.get(listed.operatorId);
    if (before === undefined) insertListed.run({ ...listed, nameKey });
    else if (before.origin === 'cloud') {
      updateListed.run({ ...listed, nameKey });
      if (before.verifier !== listed.verifier) setVerifier.run(listed.verifier, listed.operatorId);
    }
    return true;
  }

  function known(operatorId: Uuid): Operator {
    const operator = byId(operatorId);
    if (operator === undefined) throw new Error(`operator ${operatorId} is not stored`);
    return operator;
  }

  return {
    named: (name) => operatorOf(selectByName.get(nameKeyOf(name))),
    byId,
    names: () =>
      selectUnblocked
        .all()
        .filter(isValid)
        .map(({ name }) => name),

    followCloud: (listed) => {
      const ids = new Set<string>(listed.map(({ operatorId }) => operatorId));
      for (const id of selectFromCloud.all()) if (!ids.has(id)) withdraw.run(id);
      return listed.filter((one) => !follow(one)).map(({ name }) => name);
    },

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

import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, statSync } from 'node:fs';
import { EmbeddedPostgresError } from './postgres-binaries.ts';

/** How to start a PostgreSQL program so that it does not run as uid 0, which it refuses. */
export interface PostgresAccount {
  kind: 'own' | 'user_namespace' | 'system_user';
  /** Turns a program and its arguments into what is really spawned. */
  commandOf(program: string, args: readonly string[]): { file: string; args: string[] };
  /** Identity to spawn under; empty when it stays our own. */
  identity: { uid?: number; gid?: number };
  /** Gives a file or folder of ours to the account. */
  own(path: string): void;
}

const plain = (program: string, args: readonly string[]) => ({ file: program, args: [...args] });

const ownAccount: PostgresAccount = { kind: 'own', commandOf: plain, identity: {}, own: () => {} };

// 65534 is nobody: inside the namespace PostgreSQL sees it instead of 0; outside, files stay root's.
const namespaceArgs = ['--user', '--map-user=65534', '--map-group=65534'];

const namespaceAccount: PostgresAccount = {
  kind: 'user_namespace',
  commandOf: (program, args) => ({ file: 'unshare', args: [...namespaceArgs, program, ...args] }),
  identity: {},
  own: () => {},
};

function systemAccount(uid: number, gid: number): PostgresAccount {
  return {
    kind: 'system_user',
    commandOf: plain,
    identity: { uid, gid },
    own: (path) => chownSync(path, uid, gid),
  };
}

const runs = (file: string, args: readonly string[]) =>
  spawnSync(file, args, { timeout: 10_000, stdio: 'ignore' }).status === 0;

function postgresUser(): { uid: number; gid: number } | undefined {
  const idOf = (flag: string) => spawnSync('id', [flag, 'postgres'], { timeout: 10_000, encoding: 'utf8' });
  const [uid, gid] = [idOf('-u'), idOf('-g')];
  if (uid.status !== 0 || gid.status !== 0) return undefined;
  return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
}

/**
 * Chooses the account for the server. As root: the way an existing cluster was made (its owner says which), else a
 * user namespace, else the system user `postgres`, made when missing.
 * @throws EmbeddedPostgresError when root has neither
 */
export function choosePostgresAccount(uid: number | undefined, clusterFolder: string): PostgresAccount {
  if (uid !== 0) return ownAccount;
  if (existsSync(clusterFolder)) {
    const owner = statSync(clusterFolder);
    if (owner.uid !== 0) return systemAccount(owner.uid, owner.gid);
  }
  if (runs('unshare', [...namespaceArgs, 'true'])) return namespaceAccount;
  const user =
    postgresUser() ??
    (runs('useradd', ['--system', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres'])
      ? postgresUser()
      : undefined);
  if (user !== undefined && !existsSync(clusterFolder)) return systemAccount(user.uid, user.gid);
  throw new EmbeddedPostgresError(
    'PostgreSQL refuses to run as root, and this machine gives neither a user namespace (unshare) nor a system ' +
      'user "postgres"; start as another user, or set databaseUrl (or DATABASE_URL) to a PostgreSQL server of your own',
  );
}

import type { Clock, MakeId } from '@weighgate/protocol';
import type { Logger } from 'pino';
import type { Db } from '../store/database.ts';
import type { Keys } from './key-ring.ts';
import type { Passwords } from './password.ts';
import type { Seal } from './sealed.ts';

/** What the room works with. */
export interface IdentityParts {
  db: Db;
  clock: Clock;
  makeId: MakeId;
  log: Logger;
  randomBytes: (size: number) => Buffer;
  seal: Seal;
  keys: () => Promise<Keys>;
  passwords: Passwords;
  /** Called when users, sessions or API keys changed, so that what is kept of them in memory is read anew. */
  forgetCallers: () => void;
}

/** Where a request comes from, as it is shown to the user. */
export interface Place {
  /** `unknown` when there is no connection behind the request. */
  address: string;
  userAgent: string;
}

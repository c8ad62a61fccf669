import type { ColumnType } from 'kysely';
import type { Instant, InstantOrNull } from './journal-tables.ts';

type OpenInstant = ColumnType<Date | null, string | null | undefined, string | null>;

export interface UsersTable {
  user_id: string;
  name: string;
  name_key: string;
  role: 'admin' | 'billing' | 'supervisor' | 'weigher' | 'auditor' | 'provider' | 'viewer';
  provider_id: number | null;
  password_hash: string | null;
  disabled_at: OpenInstant;
  created_at: Instant;
  totp_secret: ColumnType<string | null, string | null | undefined, string | null>;
  totp_since: OpenInstant;
  totp_step: ColumnType<number | null, number | null | undefined, number | null>;
  /** Counted by the database. */
  version: ColumnType<number, never, never>;
}

export interface RecoveryCodesTable {
  code_hash: string;
  user_id: string;
  used_at: OpenInstant;
}

export interface SignInSessionsTable {
  session_id: string;
  user_id: string;
  started_at: Instant;
  last_used_at: Instant;
  user_agent: string;
  address: string;
  ended_at: OpenInstant;
  end_reason: ColumnType<string | null, string | null | undefined, string | null>;
}

export interface RefreshTokensTable {
  token_hash: string;
  session_id: string;
  expires_at: Instant;
  used_at: OpenInstant;
}

export interface PasswordTokensTable {
  token_hash: string;
  /** Null: the token of the first run. */
  user_id: string | null;
  expires_at: Instant;
  used_at: OpenInstant;
}

export interface SignInFailuresTable {
  account: string;
  address: string;
  failures: number;
  last_at: Instant;
  blocked_until: Instant;
}

export interface TokenSigningKeysTable {
  kid: string;
  public_jwk: ColumnType<unknown, string, string>;
  private_sealed: string;
  signs_from: Instant;
  signs_until: Instant;
  verifies_until: Instant;
}

export interface ApiKeysTable {
  key_id: string;
  name: string;
  prefix: string;
  key_hash: string;
  permissions: string[];
  provider_id: number | null;
  created_at: Instant;
  created_by: string;
  expires_at: Instant;
  revoked_at: InstantOrNull;
  revoked_by: string | null;
  last_used_at: InstantOrNull;
}

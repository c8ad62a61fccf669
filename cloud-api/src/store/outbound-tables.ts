import type { Generated } from 'kysely';
import type { Instant, InstantOrNull } from './journal-tables.ts';

export interface WebhookEndpointsTable {
  endpoint_id: string;
  url: string;
  event_types: string[];
  sealed_secret: string;
  created_at: Instant;
  created_by: string;
  ended_at: InstantOrNull;
  ended_by: string | null;
}

export interface OutboundMessagesTable {
  message_id: string;
  channel: 'mail' | 'webhook';
  cause: string;
  receiver: string;
  content: string;
  created_at: Instant;
  state: Generated<'waiting' | 'sent' | 'failed'>;
  attempts: Generated<number>;
  attempts_left: number;
  next_attempt_at: Instant;
  last_detail: string | null;
}

export interface OutboundAttemptsTable {
  message_id: string;
  number: number;
  started_at: Instant;
  ended_at: Instant;
  outcome: 'sent' | 'failed';
  status: number | null;
  detail: string;
}

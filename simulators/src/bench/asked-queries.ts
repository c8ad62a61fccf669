import type { Random } from '../random.ts';
import { firstWeighedInMs, type QueryData, YEAR_MS } from './query-data.ts';

/** One question: to the API, and as somebody would write it in SQL who knows the schema. */
export interface Asked {
  path: string;
  sql: string;
  parameters: unknown[];
}

/** A kind of question, asked about something else each time. */
export interface AskedQuery {
  name: string;
  about: string;
  ask(random: Random): Asked;
}

const DAY_MS = 86_400_000;
const PAGE = 100;
const sessions = 'select * from weighing_sessions';
const inOrder = `order by weighed_in_at, id limit ${PAGE}`;
const iso = (ms: number) => new Date(ms).toISOString();
const plateOf = (n: number) => String((n * 7919) % 100_000_000).padStart(8, '0');

/** What people look for most. */
export function askedQueries({ sessions: count, providers, trucks }: QueryData): AskedQuery[] {
  const time = (random: Random, lengthMs: number) => {
    const from = firstWeighedInMs + Math.floor(random.between(0, YEAR_MS - lengthMs));
    return { from: iso(from), to: iso(from + lengthMs) };
  };
  return [
    {
      name: 'day',
      about: 'sessions of a day',
      ask: (random) => {
        const { from, to } = time(random, DAY_MS);
        return {
          path: `/api/weight/sessions?from=${from}&to=${to}`,
          sql: `${sessions} where weighed_in_at >= $1 and weighed_in_at < $2 ${inOrder}`,
          parameters: [from, to],
        };
      },
    },
    {
      name: 'truck',
      about: 'sessions of a truck',
      ask: (random) => {
        const plate = plateOf(random.whole(0, trucks - 1));
        return {
          path: `/api/weight/sessions?truck=${plate}`,
          sql: `${sessions} where truck_key = $1 ${inOrder}`,
          parameters: [plate],
        };
      },
    },
    {
      name: 'provider',
      about: 'sessions of a provider during 30 days',
      ask: (random) => {
        const { from, to } = time(random, 30 * DAY_MS);
        const provider = 10_001 + random.whole(0, providers - 1);
        return {
          path: `/api/weight/sessions?providerId=${provider}&from=${from}&to=${to}`,
          sql: `select s.* from weighing_sessions s join ledger_entries l on l.session_id = s.id
                 where l.provider_id = $1 and l.weighed_out_at >= $2
                   and l.weighed_out_at < $3::timestamptz + interval '1 day'
                   and weighed_in_at >= $2 and weighed_in_at < $3 and l.corrects_entry_id is null
                 order by weighed_in_at, s.id limit ${PAGE}`,
          parameters: [provider, from, to],
        };
      },
    },
    {
      name: 'ticket',
      about: 'the session of a ticket number',
      ask: (random) => {
        const ticket = random.whole(0, 2 * count - 1);
        const number = `SITE${Math.floor(ticket / 2) % 50}-abcd-${String(ticket).padStart(9, '0')}`;
        return {
          path: `/api/weight/sessions?ticketNo=${number}`,
          sql: `${sessions} where first_ticket_no = $1 or second_ticket_no = $1 ${inOrder}`,
          parameters: [number],
        };
      },
    },
    {
      name: 'plate',
      about: 'trucks by part of a plate',
      ask: (random) => {
        const part = plateOf(random.whole(0, trucks - 1)).slice(2, 2 + random.whole(3, 5));
        return {
          path: `/api/billing/trucks?search=${part}`,
          sql: `select id from trucks where trigram_text(truck_key) like $1 order by id limit ${PAGE}`,
          parameters: [`%${part}%`],
        };
      },
    },
    {
      name: 'name',
      about: 'providers by part of a name',
      ask: (random) => {
        const part = random.pick(['pard', 'ibbut', 'בוסת', 'שמוא', 'galil 1', 'נגבה 2', 'shmuel']);
        return {
          path: `/api/billing/providers?search=${encodeURIComponent(part)}`,
          sql: `select id, case when name_key like $2 then 1
                                when name_key like $1 or to_tsvector('simple', name_key) @@ to_tsquery('simple', $3) then 2
                                else 3 end as fits
                  from providers
                 where trigram_text(name_key) like trigram_text($1) and name_key like $1
                    or to_tsvector('simple', name_key) @@ to_tsquery('simple', $3)
                    or trigram_text($4) <% trigram_text(name_key)
                 order by fits, id limit ${PAGE}`,
          parameters: [`%${part}%`, `${part}%`, `${part.replace(' ', ':* & ')}:*`, part],
        };
      },
    },
  ];
}

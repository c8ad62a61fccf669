/** How far a provider's bill of a period has come. */
export const runStates = ['draft', 'approved', 'issued', 'paid', 'credited'] as const;
export type RunState = (typeof runStates)[number];

/** What can be done to it or happen to it. `changed`: what would be issued is no longer what was approved. */
export type RunEvent =
  | 'redraft'
  | 'approve'
  | 'withdraw'
  | 'changed'
  | 'issue'
  | 'pay'
  | 'unpay'
  | 'credit_all';

/**
 * The whole of it: what becomes of a run, or `refused`. Nothing issued becomes a draft again; a bill is credited when
 * nothing of it is left to pay for, and then stays so.
 */
const table: Readonly<Record<RunState, Readonly<Record<RunEvent, RunState | 'refused'>>>> = {
  draft: {
    redraft: 'draft',
    approve: 'approved',
    withdraw: 'refused',
    changed: 'refused',
    issue: 'refused',
    pay: 'refused',
    unpay: 'refused',
    credit_all: 'refused',
  },
  approved: {
    redraft: 'refused',
    approve: 'refused',
    withdraw: 'draft',
    changed: 'draft',
    issue: 'issued',
    pay: 'refused',
    unpay: 'refused',
    credit_all: 'refused',
  },
  issued: {
    redraft: 'refused',
    approve: 'refused',
    withdraw: 'refused',
    changed: 'refused',
    issue: 'refused',
    pay: 'paid',
    unpay: 'refused',
    credit_all: 'credited',
  },
  paid: {
    redraft: 'refused',
    approve: 'refused',
    withdraw: 'refused',
    changed: 'refused',
    issue: 'refused',
    pay: 'refused',
    unpay: 'issued',
    credit_all: 'credited',
  },
  credited: {
    redraft: 'refused',
    approve: 'refused',
    withdraw: 'refused',
    changed: 'refused',
    issue: 'refused',
    pay: 'refused',
    unpay: 'refused',
    credit_all: 'refused',
  },
};

/** What becomes of a run in a state; `refused` when that cannot happen to it. */
export function nextRunState(state: RunState, event: RunEvent): RunState | 'refused' {
  return table[state][event];
}

import { type Permission, permissions } from '../http/permission.ts';

/** What a user is. A `provider` sees the data of one provider only. */
export const roles = ['admin', 'billing', 'supervisor', 'weigher', 'auditor', 'provider', 'viewer'] as const;
export type Role = (typeof roles)[number];

const everybody = roles;
const staff = ['admin', 'billing', 'supervisor', 'weigher', 'auditor', 'viewer'] as const;

/**
 * The whole of it: who holds which permission. What is not listed is refused. The auditor reads everything and changes
 * nothing but the own password.
 */
const holders: Readonly<Record<Permission, readonly Role[]>> = {
  'providers.read': staff,
  'providers.write': ['admin', 'billing'],
  'trucks.read': staff,
  'trucks.write': ['admin', 'billing', 'supervisor'],
  'proposals.read': ['admin', 'billing', 'supervisor', 'auditor'],
  'proposals.decide': ['admin', 'billing', 'supervisor'],
  'produce.read': staff,
  'produce.write': ['admin', 'billing'],
  'rates.read': ['admin', 'billing', 'auditor'],
  'rates.write': ['admin', 'billing'],
  'bills.read': ['admin', 'billing', 'auditor', 'provider'],
  'bills.issue': ['admin', 'billing'],
  'disputes.open': ['admin', 'billing', 'provider'],
  'disputes.decide': ['admin', 'billing'],
  'containers.read': staff,
  'containers.write': ['admin', 'supervisor'],
  'sessions.read': everybody,
  'sessions.correct': ['admin', 'supervisor'],
  'shifts.read': staff,
  'shifts.write': ['admin', 'supervisor'],
  'applications.read': ['admin', 'billing', 'auditor'],
  'applications.decide': ['admin', 'billing'],
  'operators.read': ['admin', 'supervisor', 'auditor'],
  'operators.write': ['admin', 'supervisor'],
  'devices.read': ['admin', 'supervisor', 'weigher', 'auditor', 'viewer'],
  'settings.read': ['admin', 'supervisor', 'auditor'],
  'settings.write': ['admin', 'supervisor'],
  'devices.release': ['admin', 'supervisor'],
  'devices.revoke': ['admin'],
  'enrolment.read': ['admin', 'auditor'],
  'enrolment.decide': ['admin'],
  'alarms.read': ['admin', 'supervisor', 'weigher', 'auditor', 'viewer'],
  'alarms.acknowledge': ['admin', 'supervisor'],
  'inbox.read': ['admin', 'supervisor', 'auditor', 'viewer'],
  'parked.read': ['admin', 'billing', 'supervisor', 'auditor'],
  'parked.decide': ['admin', 'supervisor'],
  'audit.read': ['admin', 'auditor'],
  'users.read': ['admin', 'auditor'],
  'users.write': ['admin'],
  'keys.read': ['admin', 'auditor'],
  'keys.write': ['admin'],
  'accounting.export': ['admin', 'billing'],
  'webhooks.read': ['admin', 'auditor'],
  'webhooks.write': ['admin'],
  'outbound.read': ['admin', 'billing', 'auditor'],
  'outbound.replay': ['admin', 'billing'],
  'account.own': everybody,
};

const heldBy = new Map(
  roles.map((role) => [role, new Set(permissions.filter((one) => holders[one].includes(role)))]),
);
const none: ReadonlySet<Permission> = new Set();

/** What a role holds. */
export function permissionsOf(role: Role): ReadonlySet<Permission> {
  return heldBy.get(role) ?? none;
}

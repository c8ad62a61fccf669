import type { OperatorRole } from '@weighgate/protocol';

/** What a person or a program may be allowed at a weighbridge. */
export type Permission =
  | 'weigh'
  | 'manual_weight'
  | 'void'
  | 'second_person'
  | 'reprint'
  | 'tares'
  | 'commands'
  | 'close_other_shift'
  | 'unblock';

/** A signed-in operator's role, or a program with the key of the agent, behind which nobody is known. */
export type Role = OperatorRole | 'machine';

/**
 * The one table of who may do what. No role may change or delete a weighing: there is no permission for it.
 * A program may not stand for the second person, nor for the supervisor who unblocks.
 */
const permissions: Readonly<Record<Permission, readonly Role[]>> = {
  weigh: ['weigher', 'supervisor', 'machine'],
  manual_weight: ['supervisor', 'machine'],
  void: ['weigher', 'supervisor', 'machine'],
  second_person: ['supervisor'],
  reprint: ['weigher', 'supervisor', 'machine'],
  tares: ['weigher', 'supervisor', 'machine'],
  commands: ['weigher', 'supervisor', 'machine'],
  close_other_shift: ['supervisor'],
  unblock: ['supervisor'],
};

export function isPermitted(role: Role, permission: Permission): boolean {
  return permissions[permission].includes(role);
}

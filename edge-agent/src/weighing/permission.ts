import type { OperatorRole } from '@weighgate/protocol';

/** What a person or a program may be allowed at a weighbridge. */
export type Permission =
  | 'weigh'
  | 'manual_weight'
  | 'supersede'
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
 * A program does only what needs no name: behind its key nobody is known, whatever name it sends.
 */
const permissions: Readonly<Record<Permission, readonly Role[]>> = {
  weigh: ['weigher', 'supervisor', 'machine'],
  manual_weight: ['supervisor'],
  supersede: ['weigher', 'supervisor'],
  void: ['weigher', 'supervisor'],
  second_person: ['weigher', 'supervisor'],
  reprint: ['weigher', 'supervisor', 'machine'],
  tares: ['weigher', 'supervisor', 'machine'],
  commands: ['weigher', 'supervisor', 'machine'],
  close_other_shift: ['supervisor'],
  unblock: ['supervisor'],
};

export function isPermitted(role: Role, permission: Permission): boolean {
  return permissions[permission].includes(role);
}

/** Whether two people may do together what one may not do alone: one of them has to be a supervisor. */
export function isPairPermitted(first: OperatorRole, second: OperatorRole): boolean {
  return isPermitted(second, 'second_person') && (first === 'supervisor' || second === 'supervisor');
}

import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  idMaker,
  operatorNameSchema,
  operatorRoleSchema,
  pinFaultOf,
  pinFaultText,
  systemClock,
} from '@weighgate/protocol';
import { readConfig } from './config.ts';
import { pinVerifier } from './kiosk-server/pin-verifier.ts';
import { openPinPrompt, type PinPrompt } from './pin-prompt.ts';
import { secretFromFile } from './secret-file.ts';
import { openStore } from './store/open-store.ts';
import { UsageError } from './usage-error.ts';

/**
 * `operator add NAME --role ROLE` and `operator pin NAME`: makes an operator, or gives one a new PIN and unblocks. The
 * agent must not run: one process writes the journal.
 * @returns the exit code: 1 when the PIN or the name will not do
 */
export async function operatorCommand(
  args: string[],
  bootId: string,
  openPrompt: () => PinPrompt = openPinPrompt,
): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { config: { type: 'string', default: 'edge.yaml' }, role: { type: 'string' } },
  });
  const [action, givenName, ...more] = positionals;
  const name = operatorNameSchema.safeParse(givenName);
  const role = operatorRoleSchema.safeParse(values.role);
  const isKnown = action === 'pin' || action === 'add';
  if (!isKnown || !name.success || more.length > 0)
    throw new UsageError(
      'Say operator add NAME --role ROLE, or operator pin NAME; put quotes around a name with spaces.',
    );
  if (action === 'add' && !role.success) throw new UsageError('--role is weigher or supervisor.');

  const config = readConfig(values.config);
  using prompt = openPrompt();
  const pin = await prompt.ask(`PIN for ${name.data}: `);
  const fault = pinFaultOf(pin);
  if (fault !== null) return refuse(pinFaultText(fault));
  if ((await prompt.ask('The same PIN again: ')) !== pin) return refuse('The two PINs are not the same.');

  using store = openStore(config, {
    clock: systemClock,
    makeId: idMaker(systemClock),
    bootId,
    processId: process.pid,
  });
  const verifier = await pinVerifier(secretFromFile(join(config.dataDir, 'pin-pepper'))).verifierOf(pin);
  if (role.success && action === 'add') {
    const added = store.operators.add({ name: name.data, role: role.data, verifier });
    if (added === 'name_taken')
      return refuse(`There is an operator ${name.data} already. For a new PIN: operator pin "${name.data}"`);
    process.stdout.write(`${added.name} may sign in as ${added.role}.\n`);
    return 0;
  }
  const operator = store.operators.named(name.data);
  if (operator === undefined) return refuse(`There is no operator ${name.data}.`);
  if (operator.origin === 'cloud')
    return refuse(`${operator.name} is an operator of the cloud: the PIN is changed there.`);
  store.operators.setPin(operator.operatorId, verifier);
  process.stdout.write(`${operator.name} has a new PIN.\n`);
  return 0;
}

function refuse(why: string): number {
  process.stderr.write(`${why}\n`);
  return 1;
}

import { resultLine } from './bench/result.ts';
import { proveAcl } from './prove/acl.ts';
import { proveAuthz } from './prove/authz.ts';
import { proveBilling } from './prove/billing.ts';
import { proveContract } from './prove/contract.ts';
import { proveCrash } from './prove/crash.ts';
import { proveDiskFull } from './prove/disk-full.ts';
import { proveDrain } from './prove/drain.ts';
import { proveEio } from './prove/eio.ts';
import { proveEnospc } from './prove/enospc.ts';
import { proveInodes } from './prove/inodes.ts';
import { proveInvoices } from './prove/invoices.ts';
import { proveKill9 } from './prove/kill9.ts';
import { proveLegal } from './prove/legal.ts';
import { proveLimits } from './prove/limits.ts';
import { proveMoney } from './prove/money.ts';
import { proveOffline90 } from './prove/offline90.ts';
import type { Proof } from './prove/proof.ts';
import { proveReadOnly } from './prove/read-only.ts';
import { proveSlowDisk } from './prove/slow-disk.ts';
import { proveTamper } from './prove/tamper.ts';
import { proveTokens } from './prove/tokens.ts';

const proofs: Readonly<Record<string, Proof>> = {
  acl: proveAcl,
  authz: proveAuthz,
  contract: proveContract,
  billing: proveBilling,
  invoices: proveInvoices,
  crash: proveCrash,
  drain: proveDrain,
  limits: proveLimits,
  tamper: proveTamper,
  tokens: proveTokens,
  diskfull: proveDiskFull,
  kill9: proveKill9,
  eio: proveEio,
  enospc: proveEnospc,
  inodes: proveInodes,
  readonly: proveReadOnly,
  slowdisk: proveSlowDisk,
  legal: proveLegal,
  offline90: proveOffline90,
  money: proveMoney,
};

/** @returns the exit code: 1 for a claim that does not hold, 2 for what cannot be tried here */
async function main([name = '', ...args]: string[]): Promise<number> {
  const proof = proofs[name];
  if (proof === undefined) {
    process.stderr.write(`Say what to prove: ${Object.keys(proofs).join(', ')}.\n`);
    return 2;
  }
  const outcome = await proof(args);
  if (outcome.kind === 'missing') {
    process.stderr.write(`${name} cannot be tried here: ${outcome.what}\n`);
    return 2;
  }
  for (const { name: claim, details } of outcome.results)
    process.stdout.write(details.map((detail) => `${claim}: ${detail}\n`).join(''));
  for (const result of outcome.results) process.stdout.write(`${resultLine(result)}\n`);
  return outcome.results.every(({ value, goal }) => value >= goal) ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));

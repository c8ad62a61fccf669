import { parseArgs } from 'node:util';
import type { BenchResult } from '../bench/result.ts';
import { pathOf } from '../component-path.ts';
import { type BrokerFlag, startAedesTarget, startMosquittoTarget } from './acl-brokers.ts';
import { aclCases } from './acl-cases.ts';
import { crossDeliveries } from './acl-pairs.ts';
import type { AclTarget } from './acl-target.ts';
import type { ProofOutcome } from './proof.ts';

/**
 * Tries on real brokers whether one device reaches another, and every fault of MQTT that has a name.
 * With `--control` the brokers' rules are taken away, and the proof has to fail. `--only pairs,E02` tries only these.
 */
export async function proveAcl(args: string[]): Promise<ProofOutcome> {
  const { values } = parseArgs({
    args,
    options: {
      control: { type: 'boolean', default: false },
      broker: { type: 'string', default: 'aedes,mosquitto' },
      devices: { type: 'string', default: '4' },
      only: { type: 'string', default: '' },
    },
  });
  const brokers = values.broker.split(',');
  if (brokers.includes('mosquitto') && pathOf('mosquitto') === undefined) {
    return {
      kind: 'missing',
      what: 'mosquitto is not installed; --broker aedes tries the embedded one alone',
    };
  }
  const weak: BrokerFlag[] = values.control ? ['weak'] : [];
  const results: BenchResult[] = [];
  for (const name of brokers) {
    const start = name === 'aedes' ? startAedesTarget : startMosquittoTarget;
    if (values.only === '' || values.only.split(',').includes('pairs')) {
      await using target = await start([...weak, 'patient']);
      results.push(await pairsOn(target, Number(values.devices)));
    }
    await using target = await start(weak);
    results.push(await casesOn(target, values.only));
  }
  return { kind: 'tried', results: withLimits(results) };
}

async function pairsOn(target: AclTarget, count: number): Promise<BenchResult> {
  const devices = Array.from({ length: count }, (_, index) => `gate-${index + 1}`);
  const { tried, found } = await crossDeliveries(target, devices);
  const details = [
    `${count} devices, every ordered pair, ${tried} attempts: ${found.length} messages where they must not be`,
    ...found.slice(0, 10),
  ];
  return { name: `acl-pairs-${target.name}`, value: found.length === 0 ? 1 : 0, goal: 1, details };
}

async function casesOn(target: AclTarget, only: string): Promise<BenchResult> {
  const details: string[] = [];
  let [tried, good] = [0, 0];
  for (const { id, what, run } of aclCases) {
    if (only !== '' && !only.split(',').includes(id)) continue;
    tried += 1;
    const outcome = await run(target).catch((error: unknown) => ({
      kind: 'failed' as const,
      words: `it could not be tried to its end: ${(error as Error).message}`,
    }));
    if (outcome.kind !== 'failed') good += 1;
    const verdict = { refused: 'refused ', held: 'CANNOT BE REFUSED, HELD', failed: 'FAILS   ' }[
      outcome.kind
    ];
    details.push(`${id} ${verdict} ${what}: ${outcome.words}`);
  }
  return { name: `acl-cases-${target.name}`, value: tried === 0 ? 0 : good / tried, goal: 1, details };
}

const notTried = [
  'not tried: EMQX (its configuration in deploy/emqx has never run here); brokers in a cluster; an attacker who has the key of the CA or is root beside the broker',
  'not tried here: nonces and signatures of commands (E15 tries that a replayed one is not delivered); hours of ping-pong (E13 tries a minute of it)',
];

function withLimits(results: readonly BenchResult[]): BenchResult[] {
  return results.map((result, index) =>
    index === results.length - 1 ? { ...result, details: [...result.details, ...notTried] } : result,
  );
}

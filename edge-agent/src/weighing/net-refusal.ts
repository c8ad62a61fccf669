import { type DeckWeight, kgOf, type Net, netOf } from '@weighgate/protocol';
import type { Refusal } from './refusal.ts';

type NetRefusal = Extract<Refusal, { code: 'negative_net' | 'containers_heavier' }>;

/**
 * Why a net cannot be right; null when nothing speaks against it. Of a pending one it is asked whether any tares at all
 * could make it right: a truck that was left heavier than it came is asked about while it still stands there.
 * @param tares those that are known, in grams
 */
export function netRefusalOf(
  first: DeckWeight,
  second: DeckWeight,
  net: Net,
  tares: ReadonlyMap<string, number>,
): NetRefusal | null {
  if (net.kind === 'known') return refusalOf(first, second, net.netG, net.truckTareG);
  const { waitingFor } = net;
  // Without their weight the containers leave the most for the truck, and for the net unless they came aboard here.
  const weightless = new Map([...tares, ...waitingFor.map((id) => [id, 0] as const)]);
  const lightest = netOf(first, second, weightless);
  if (lightest.kind === 'pending') return null;
  const cameAboard = waitingFor.some(
    (id) => second.containers.includes(id) && !first.containers.includes(id),
  );
  return refusalOf(first, second, cameAboard ? 0 : lightest.netG, lightest.truckTareG);
}

function refusalOf(
  first: DeckWeight,
  second: DeckWeight,
  netG: number,
  truckTareG: number,
): NetRefusal | null {
  const secondKg = kgOf(second.grossG);
  if (netG < 0) return { code: 'negative_net', firstKg: kgOf(first.grossG), secondKg, netKg: kgOf(netG) };
  if (truckTareG < 0) return { code: 'containers_heavier', secondKg, truckTareKg: kgOf(truckTareG) };
  return null;
}

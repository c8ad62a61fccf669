import { type DeckWeight, kgOf, type Net } from '@weighgate/protocol';
import type { Refusal } from './refusal.ts';

/** Why a known net cannot be right; null when nothing speaks against it, and while it is pending. */
export function netRefusalOf(
  first: DeckWeight,
  second: DeckWeight,
  net: Net,
): Extract<Refusal, { code: 'negative_net' | 'containers_heavier' }> | null {
  if (net.kind === 'pending') return null;
  const secondKg = kgOf(second.grossG);
  if (net.netG < 0) {
    return { code: 'negative_net', firstKg: kgOf(first.grossG), secondKg, netKg: kgOf(net.netG) };
  }
  if (net.truckTareG < 0) return { code: 'containers_heavier', secondKg, truckTareKg: kgOf(net.truckTareG) };
  return null;
}

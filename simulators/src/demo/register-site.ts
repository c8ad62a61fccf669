import type { Site } from '../site.ts';
import type { CloudClient } from './cloud-client.ts';
import type { EdgeClient } from './edge-client.ts';

/** Puts a plant on the books: what is there already stays. Tares of containers are set where containers are weighed. */
export async function registerSite(site: Site, cloud: CloudClient, edge: EdgeClient): Promise<void> {
  for (const { id, rateMinorPerKg } of site.produce) {
    await cloud.registerProduce(id);
    await cloud.setRate(id, null, rateMinorPerKg);
  }
  const providerIds: number[] = [];
  for (const { name } of site.providers) providerIds.push(await cloud.registerProvider(name));
  const idOf = (providerIndex: number): number => {
    const id = providerIds[providerIndex];
    if (id === undefined) throw new RangeError(`the site has no provider ${providerIndex}`);
    return id;
  };
  for (const { providerIndex, produce, rateMinorPerKg } of site.providerRates) {
    await cloud.setRate(produce, idOf(providerIndex), rateMinorPerKg);
  }
  for (const { plate, providerIndex } of site.trucks) await cloud.registerTruck(plate, idOf(providerIndex));
  for (const { id, tareKg } of site.containers) await edge.setTare(id, tareKg);
}

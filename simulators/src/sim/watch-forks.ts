import type { UpMessage } from '@weighgate/protocol';
import type { CloudStore } from './cloud-store.ts';

/** The store, with I3 watched: an entry that contradicts a stored one is answered by a FORK or refused, never merged. */
export function watchForks(store: CloudStore, violated: (what: string) => void): CloudStore {
  return {
    ...store,
    async receive(packet, answer, atCommit) {
      const taken = await takenPlaceIn(store, packet.payload);
      const said: string[] = [];
      await store.receive(
        packet,
        (message) => {
          said.push(message.type);
          answer(message);
        },
        atCommit,
      );
      if (taken === undefined || said.includes('fork') || said.includes('reject')) return;
      violated(`I3: another entry came for ${taken} and was answered by ${said.join(', ') || 'nothing'}`);
    },
  };
}

/** The first place of a batch where another entry is stored than it brings; undefined when there is none. */
async function takenPlaceIn(store: CloudStore, payload: Uint8Array): Promise<string | undefined> {
  const message = JSON.parse(Buffer.from(payload).toString()) as UpMessage;
  if (message.type !== 'batch') return undefined;
  const { incarnation, rows } = message;
  for (const { seq, hash } of rows) {
    const stored = await store.hashAt(incarnation, seq);
    if (stored === undefined) return undefined;
    if (stored !== hash) return `${seq} of ${incarnation}`;
  }
  return undefined;
}

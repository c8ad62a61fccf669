import { type Clock, type MakeId, parseDeviceTopic, readPayload, upMessageSchema } from '@weighgate/protocol';
import { type CloudRules, productionRules } from './cloud-rules.ts';
import type { CloudStore } from './cloud-store.ts';
import { type CloudTables, contentsOf, copyOfTables, emptyTables } from './cloud-tables.ts';

/** What a cloud in memory does otherwise than the production one; nothing, for the checks themselves. */
export interface WeakCloud {
  rules?: CloudRules;
  /** It answers first and commits then. */
  acksBeforeCommit?: boolean;
  /** Going on from a backup, it does not say that this is another life. */
  keepsEpoch?: boolean;
}

/** The production rules over tables in memory, written all or nothing. */
export function memoryCloud(
  { clock, makeId }: { clock: Clock; makeId: MakeId },
  { rules = productionRules, acksBeforeCommit = false, keepsEpoch = false }: WeakCloud = {},
): CloudStore {
  let tables = emptyTables(makeId());
  let kept: CloudTables | null = null;
  return {
    async receive({ topic, payload }, answer, atCommit) {
      const reading = readPayload(upMessageSchema, payload);
      if (!reading.ok || reading.message.device !== parseDeviceTopic(topic)?.device) return;
      const { write, answers } = rules(tables, reading.message, clock.now());
      if (write === null) {
        for (const message of answers()) answer(message);
        return;
      }
      const before = acksBeforeCommit ? copyOfTables(tables) : null;
      if (before !== null) {
        write();
        const said = answers();
        tables = before;
        for (const message of said) answer(message);
        atCommit();
        rules(tables, reading.message, clock.now()).write?.();
        return;
      }
      atCommit();
      write();
      for (const message of answers()) answer(message);
    },
    async changeMasterData(entity, id, body) {
      const revision = tables.changes.length + 1;
      tables.changes.push({ entity, id, revision, body });
      return revision;
    },
    async backup() {
      kept = copyOfTables(tables);
    },
    async restore() {
      if (kept === null) return false;
      tables = { ...copyOfTables(kept), epoch: keepsEpoch ? kept.epoch : makeId() };
      return true;
    },
    hashAt: async (incarnation, seq) => tables.chains.get(incarnation)?.[seq - 1]?.hash,
    contents: async () => contentsOf(tables),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

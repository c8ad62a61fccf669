/** What people were told, and where a copy of it has to be. */
export interface Witness {
  /** A weighing was reported to the operator as recorded. */
  reported(edge: number, uuid: string, closesSession: string | null): void;
  /** What a disk has to hold, by what was reported since it was made. */
  expectedOn(edge: number): ReadonlySet<string>;
  /** An edge goes on with another disk, that has to hold this. */
  diskReplaced(edge: number, holds: ReadonlySet<string>): void;
  /** The cloud holds this, and nothing else, from now on. */
  cloudHolds(uuids: Iterable<string>): void;
  /** What was reported. The value is the session that it closed. */
  readonly weighings: ReadonlyMap<string, string | null>;
  /** What was reported and whose last copy a catastrophe took: nobody can have it any more. */
  readonly excused: ReadonlySet<string>;
}

/**
 * Follows what was reported through every catastrophe. It knows nothing of what the edges really hold: what they lose by
 * themselves is not excused.
 */
export function openWitness(edges: number): Witness {
  const weighings = new Map<string, string | null>();
  const disks = Array.from({ length: edges }, () => new Set<string>());
  const excused = new Set<string>();
  let cloud = new Set<string>();

  /** Whose last copy has gone. One that comes back with an old disk is wanted again. */
  function excuseLost(): void {
    for (const uuid of weighings.keys()) {
      const isSomewhere = cloud.has(uuid) || disks.some((disk) => disk.has(uuid));
      if (isSomewhere) excused.delete(uuid);
      else excused.add(uuid);
    }
  }

  const diskOf = (edge: number) => {
    const disk = disks[edge];
    if (disk === undefined) throw new RangeError(`there is no edge ${edge}`);
    return disk;
  };

  return {
    reported: (edge, uuid, closesSession) => {
      weighings.set(uuid, closesSession);
      diskOf(edge).add(uuid);
    },
    expectedOn: (edge) => new Set(diskOf(edge)),
    diskReplaced: (edge, holds) => {
      disks[edge] = new Set(holds);
      excuseLost();
    },
    cloudHolds: (uuids) => {
      cloud = new Set(uuids);
      excuseLost();
    },
    weighings,
    excused,
  };
}

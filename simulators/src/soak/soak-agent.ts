import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '@weighgate/protocol';
import { type ApiClient, ApiError } from '../demo/api-client.ts';
import type { EdgeClient } from '../demo/edge-client.ts';
import { type EdgeProgram, startEdgeProgram } from '../demo/edge-program.ts';
import { DEPLOYED_NODE_ARGS } from '../demo/plant-files.ts';
import { type FaultyNetwork, startFaultyNetwork } from '../faulty-network.ts';
import { scaleIdOf, scalesOn } from '../prove/scales-on.ts';
import { openScriptedDeck, type ScriptedDeck } from '../prove/scripted-deck.ts';
import type { Random } from '../random.ts';
import { keptTrying } from './kept-trying.ts';
import { type OneAtATime, oneAtATime } from './one-at-a-time.ts';

/** One agent, its decks, and its link to the broker. */
export interface SoakAgent extends AsyncDisposable {
  device: string;
  dataDir: string;
  link: FaultyNetwork;
  scales: readonly { scale: string; deck: ScriptedDeck }[];
  /** @throws ApiError while it is down */
  api(): ApiClient;
  client(): EdgeClient;
  /** Undefined while it is down. */
  pid(): number | undefined;
  /** What is done to the process is done one after the other. */
  alone: OneAtATime;
  /** Ends it as a power cut does, lets `meanwhile` pass, and starts it again. */
  killFor(meanwhile: () => Promise<void>): Promise<void>;
  hasImage(): boolean;
  /** A copy of its disk; only while it is down. */
  takeImage(): void;
  putImageBack(): void;
  /** Everything on its disk is gone; it is enrolled anew when it comes up. */
  wipe(): void;
}

export interface SoakAgentParts {
  clock: Clock;
  random: Random;
  brokerPort: number;
  /** The cloud it is enrolled with, whenever it has to be. */
  cloudApi: () => ApiClient;
}

/** Starts an agent with its data in a folder of its own. */
export async function startSoakAgent(
  plantDir: string,
  device: string,
  scales: number,
  { clock, random, brokerPort, cloudApi }: SoakAgentParts,
): Promise<SoakAgent> {
  await using undo = new AsyncDisposableStack();
  const dir = join(plantDir, device);
  const imageDir = join(dir, 'image');
  mkdirSync(dir, { recursive: true });
  const link = undo.use(
    await startFaultyNetwork({ clock, random, target: { host: '127.0.0.1', port: brokerPort } }),
  );
  const decks = await Promise.all(Array.from({ length: scales }, () => openScriptedDeck(clock)));
  for (const deck of decks) undo.use(deck);
  const url = `mqtts://127.0.0.1:${link.port}`;
  const line = { kind: 'tcp', port: decks[0]?.port ?? 0 } as const;
  const site = { scales: scalesOn(decks) };
  let isEnrolled = false;
  const start = async () => {
    const edge = await keptTrying(
      () =>
        startEdgeProgram(
          dir,
          {
            httpPort: 0,
            line,
            device,
            speed: 1,
            nodeArgs: DEPLOYED_NODE_ARGS,
            mqtt: isEnrolled ? { url } : { url, enrolWith: cloudApi() },
            more: { site },
          },
          { clock },
        ),
      clock,
    );
    isEnrolled = true;
    return edge;
  };
  const first = await start();
  const { dataDir } = first;
  let edge: EdgeProgram | undefined = first;
  undo.defer(async () => edge?.[Symbol.asyncDispose]());

  const running = (): EdgeProgram => {
    if (edge === undefined) throw new ApiError('unreachable', `${device} is down`);
    return edge;
  };
  const kept = undo.move();
  return {
    device,
    dataDir,
    link,
    scales: decks.map((deck, index) => ({ scale: scaleIdOf(index), deck })),
    api: () => running().api,
    client: () => running().client,
    pid: () => edge?.program.pid,
    alone: oneAtATime(),
    killFor: async (meanwhile) => {
      const killed = edge;
      edge = undefined;
      await killed?.program.kill();
      await meanwhile();
      edge = await start();
    },
    hasImage: () => existsSync(imageDir),
    takeImage: () => cpSync(dataDir, imageDir, { recursive: true }),
    putImageBack: () => {
      rmSync(dataDir, { recursive: true });
      cpSync(imageDir, dataDir, { recursive: true });
      rmSync(imageDir, { recursive: true });
    },
    wipe: () => {
      rmSync(dataDir, { recursive: true });
      rmSync(imageDir, { recursive: true, force: true });
      isEnrolled = false;
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

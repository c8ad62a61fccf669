import type { Clock, RemoteSettings, SettingsOrder } from '@weighgate/protocol';
import type { Logger } from 'pino';
import type { Agent } from './agent.ts';
import { type Config, ConfigError } from './config.ts';
import { judgeSettings } from './judge-settings.ts';
import { openSettingsKeeper, type SettingsKeeper } from './settings-keeper.ts';
import { settingsInForce, settingsPhaseOf } from './sync/settings-state.ts';

const TICK_MS = 1_000;
/** Orders that wait to be judged; more than one is already strange. */
const MAX_WAITING_ORDERS = 4;

export interface RunWithSettingsParts {
  /** The configuration with these settings in it. @throws ConfigError */
  readConfig: (settings: RemoteSettings) => Config;
  start: (config: Config, onSettings: (order: SettingsOrder) => void) => Promise<Agent>;
  /** Resolves with the reason when the agent is to end. */
  stopped: Promise<string>;
  clock: Clock;
  log: Logger;
}

/**
 * Runs the agent with the settings that came from the cloud, and opens it anew with others when they change. New ones
 * have to prove themselves; when they do not, or the agent ends meanwhile, those before are in force again.
 * @throws what {@link startAgent} throws with settings that held before
 */
export async function runWithSettings(parts: RunWithSettingsParts): Promise<void> {
  const { log, stopped } = parts;
  const own = parts.readConfig({});
  const keeper = openSettingsKeeper(own.dataDir, log);
  for (;;) {
    const { config, isTrial } = configOfStart(own, keeper, parts);
    const orders: SettingsOrder[] = [];
    const onSettings = (order: SettingsOrder) => {
      if (orders.length < MAX_WAITING_ORDERS) orders.push(order);
    };
    let agent: Agent;
    try {
      agent = await parts.start(config, onSettings);
    } catch (error) {
      if (settingsPhaseOf(keeper.state()) !== 'trying') throw error;
      log.error({ err: error }, 'settings.start_failed');
      if (
        keeper.take({ kind: 'unhealthy', why: plain(`it did not start: ${messageOf(error)}`) }) === undefined
      )
        throw error;
      continue;
    }
    await using running = agent;
    const over = new AbortController();
    const watching = watch({
      ...parts,
      agent: running,
      config,
      isTrial,
      orders,
      keeper,
      signal: over.signal,
    });
    try {
      const why = await Promise.race([stopped, running.failed, watching]);
      if (why !== null) {
        log.info({ why }, 'agent.stopping');
        return;
      }
      log.warn({ phase: settingsPhaseOf(keeper.state()) }, 'settings.restarting');
    } finally {
      over.abort();
      await watching;
    }
  }
}

/** The configuration to open the agent with. Whatever is wrong with settings from afar, the site's own file holds. */
function configOfStart(
  own: Config,
  keeper: SettingsKeeper,
  { readConfig, log }: RunWithSettingsParts,
): { config: Config; isTrial: boolean } {
  if (own.remoteSettings.from === 'refuse') return { config: own, isTrial: false };
  // Where it cannot be kept that a trial begins, none does.
  const begun = keeper.take({ kind: 'started' }) !== undefined;
  const { good } = keeper.state();
  const tries = begun ? [settingsInForce(keeper.state()), good.settings] : [good.settings];
  for (const settings of tries) {
    try {
      const config = readConfig(settings);
      return { config, isTrial: begun && settingsPhaseOf(keeper.state()) === 'trying' };
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      log.error({ err: error }, 'settings.do_not_fit');
      keeper.take({ kind: 'unhealthy', why: plain(`it does not fit with the rest: ${error.message}`) });
    }
  }
  return { config: own, isTrial: false };
}

interface WatchParts extends RunWithSettingsParts {
  agent: Agent;
  config: Config;
  /** Whether it was opened with settings that have to prove themselves. */
  isTrial: boolean;
  orders: SettingsOrder[];
  keeper: SettingsKeeper;
  signal: AbortSignal;
}

/** Judges orders and the trial. @returns null when the agent is to be opened anew, or the signal came */
async function watch({
  agent,
  config,
  isTrial,
  orders,
  keeper,
  readConfig,
  clock,
  log,
  signal,
}: WatchParts): Promise<null> {
  const trialMs = config.remoteSettings.trialSeconds * 1_000;
  const [settleMs, patienceMs] = [trialMs / 6, trialMs / 3];
  const openedMs = clock.monotonicMs();
  /** Since when each thing that has to be well is not. */
  const badSinceMs = new Map<string, number>();
  let wanted: 'trial' | 'return' | null = null;

  function judgeTrial(expected: readonly string[], nowMs: number): void {
    const well = new Set(agent.wellNow());
    for (const name of expected) {
      if (well.has(name)) badSinceMs.delete(name);
      else if (!badSinceMs.has(name)) badSinceMs.set(name, nowMs);
    }
    const lost = [...badSinceMs].filter(([, sinceMs]) => nowMs - sinceMs >= patienceMs).map(([name]) => name);
    if (lost.length > 0) {
      const why = plain(`not well for ${Math.round(patienceMs / 1_000)} s: ${lost.join(', ')}`);
      if (keeper.take({ kind: 'unhealthy', why }) !== undefined) wanted = 'return';
    } else if (nowMs - openedMs >= trialMs && badSinceMs.size === 0) {
      keeper.take({ kind: 'healthy' });
    }
  }

  function refuseOld(version: number): void {
    try {
      agent.refuseOldSettings(version);
    } catch (error) {
      // On a full disk the weighing at hand counts, not an order that is not followed anyway.
      log.error({ err: error, version }, 'settings.refusal_not_kept');
    }
  }

  function judgeOrder(order: SettingsOrder): void {
    const verdict = judgeSettings(order, { config, configWith: readConfig, wellNow: agent.wellNow() });
    const actions = keeper.take({ kind: 'ordered', version: order.version, verdict }) ?? [];
    for (const action of actions) {
      if (action.kind === 'restart') wanted = 'trial';
      else refuseOld(action.version);
    }
  }

  while (!signal.aborted) {
    const nowMs = clock.monotonicMs();
    const { trial } = keeper.state();
    if (isTrial && trial !== null && wanted === null) judgeTrial(trial.expected, nowMs);
    // Just opened, it does not know yet what is well.
    if (wanted === null && nowMs - openedMs >= settleMs)
      for (const order of orders.splice(0)) judgeOrder(order);
    keeper.report(agent.reportSettings);
    if (wanted !== null && agent.isQuiet(wanted === 'trial' ? 'no truck' : 'no request')) return null;
    await clock.sleep(TICK_MS, signal).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }
  return null;
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
const plain = (why: string) => why.replaceAll(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, 500);

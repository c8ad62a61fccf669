import { Redis } from 'ioredis';
import type { Logger } from 'pino';

/** A request never waits longer for its count. */
const COMMAND_TIMEOUT_MS = 250;
const MAX_PAUSE_MS = 5_000;

/** The Redis that the replicas count in. Disposing disconnects. */
export interface RateLimitStore extends Disposable {
  redis: Redis;
  isUp(): boolean;
}

/**
 * Connects in the background and for ever. While it is away every command fails at once, and whoever counts counts in
 * memory: nobody waits, and the limits hold for each replica by itself.
 */
export function openRateLimitStore(url: string, log: Logger): RateLimitStore {
  let isUp = false;
  const redis = new Redis(url, {
    commandTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: MAX_PAUSE_MS,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (times) => Math.min(100 * 2 ** Math.min(times, 10), MAX_PAUSE_MS),
  });
  redis.on('ready', () => {
    isUp = true;
    log.info('limits.store_up');
  });
  redis.on('close', () => {
    if (isUp) log.warn('limits.store_lost');
    isUp = false;
  });
  // It tries again by itself; without a listener the error would end the process.
  redis.on('error', (error: Error) => log.debug({ err: error }, 'limits.store_error'));
  return { redis, isUp: () => isUp, [Symbol.dispose]: () => redis.disconnect() };
}

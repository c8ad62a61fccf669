import { type DestinationStream, type Logger, type LoggerOptions, pino, stdTimeFunctions } from 'pino';
import { maskedFields, maskedText } from './http/log-masking.ts';
import { requestFields } from './http/request-context.ts';

/**
 * The log of the cloud: JSON lines that carry the request they belong to, and neither secrets nor what tells of a person
 * or a truck.
 */
export function openMaskedLog(level: string, destination?: DestinationStream): Logger {
  const options: LoggerOptions<never> = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    mixin: requestFields,
    formatters: { log: maskedFields },
    hooks: { streamWrite: maskedText },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

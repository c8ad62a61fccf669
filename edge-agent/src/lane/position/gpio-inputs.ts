import { readFile } from 'node:fs/promises';
import { InputError, type ReadInputs } from './input-module.ts';

/** Inputs that the kernel shows as files with 0 or 1 in them. */
export function gpioInputs(paths: readonly string[]): ReadInputs {
  return (signal) => Promise.all(paths.map((path) => readOne(path, signal)));
}

async function readOne(path: string, signal: AbortSignal): Promise<boolean> {
  let text: string;
  try {
    text = await readFile(path, { encoding: 'utf8', signal });
  } catch (cause) {
    throw new InputError('input_unreadable', `${path} cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  }
  const level = text.trim();
  if (level !== '0' && level !== '1')
    throw new InputError('input_unreadable', `${path} is neither 0 nor 1: ${level.slice(0, 20)}`);
  return level === '1';
}

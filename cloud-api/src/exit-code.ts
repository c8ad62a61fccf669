import { ConfigError } from './config-file.ts';
import { PortInUseError } from './store/listen-on.ts';

/**
 * The exit code for a failure of the outside world, which is said in words without a stack: 2 for the configuration,
 * 3 for a port in use, 1 for the rest. Undefined for a mistake of ours.
 */
export function exitCodeOf(error: unknown): 1 | 2 | 3 | undefined {
  if (error instanceof ConfigError) return 2;
  if (error instanceof PortInUseError) return 3;
  // Our own typed errors, and those of sockets, files and the database driver, all carry a code.
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? 1 : undefined;
}

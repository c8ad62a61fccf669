import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          // Left to itself the runner keeps a core free, and on a machine of two uses one.
          maxWorkers: 2,
          globalSetup: ['./vitest.postgres.ts'],
          setupFiles: ['./vitest.shared-server.ts'],
          include: ['**/*.test.ts'],
          exclude: [...configDefaults.exclude, 'simulators/journeys/**'],
        },
      },
      {
        // A journey starts whole programs and real servers, some at the usual ports: one file at a time, with time to come up.
        test: {
          name: 'journeys',
          include: ['simulators/journeys/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});

import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          globalSetup: ['./vitest.postgres.ts'],
          include: ['**/*.test.ts'],
          exclude: [...configDefaults.exclude, 'simulators/journeys/**'],
        },
      },
      {
        // A journey starts whole programs and real servers: one file at a time, after the units, with time to come up.
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

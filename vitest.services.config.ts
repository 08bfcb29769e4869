import { defineConfig } from 'vitest/config';

// Tests that need a service which this repository cannot fetch: `npm run test:services` runs them, and they fail without it.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'services',
          include: ['test/services/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          pool: 'forks',
        },
      },
    ],
    maxWorkers: 2,
    reporters: ['default', ['json', { outputFile: '.cache/test-report-services.json' }]],
    passWithNoTests: false,
  },
});

import { defineConfig } from 'vitest/config';

// The reference path with its real neighbours: `npm run test:reference` fetches the broker, builds an OpenTelemetry Collector, and runs them.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'reference',
          include: ['test/reference/**/*.test.ts'],
          globalSetup: ['test/support/kafka/shared-broker.ts'],
          testTimeout: 180_000,
          hookTimeout: 120_000,
          pool: 'forks',
        },
      },
    ],
    maxWorkers: 1,
    reporters: ['default', ['json', { outputFile: '.cache/test-report-reference.json' }]],
    passWithNoTests: false,
  },
});

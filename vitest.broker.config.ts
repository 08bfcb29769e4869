import { defineConfig } from 'vitest/config';

// Tests that need a real Apache Kafka: `npm run test:broker` fetches it and runs them. A broker of one node is shared by all files.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'broker',
          include: ['test/broker/**/*.test.ts'],
          globalSetup: ['test/support/kafka/shared-broker.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          pool: 'forks',
        },
      },
    ],
    maxWorkers: 2,
    reporters: ['default', ['json', { outputFile: '.cache/test-report-broker.json' }]],
    passWithNoTests: false,
  },
});

import { defineConfig } from 'vitest/config';

// Faults under load, on brokers of their own: `npm run test:faults` fetches these and runs it. One pipeline lives through all of them.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'faults',
          include: ['test/faults/**/*.test.ts'],
          testTimeout: 240_000,
          hookTimeout: 240_000,
          pool: 'forks',
        },
      },
    ],
    maxWorkers: 1,
    reporters: ['verbose', ['json', { outputFile: '.cache/test-report-faults.json' }]],
    passWithNoTests: false,
  },
});

import { defineConfig } from 'vitest/config';

// One project a kind of test; the kind says what must be running (CONTRIBUTING.md).
const kinds = ['unit', 'contract', 'store', 'end-to-end', 'guarantees', 'tidy'];

export default defineConfig({
  test: {
    projects: kinds.map((kind) => ({
      test: {
        name: kind,
        include: [`test/${kind}/**/*.test.ts`],
        testTimeout: kind === 'unit' || kind === 'tidy' ? 20_000 : 120_000,
        hookTimeout: 60_000,
        pool: 'forks',
      },
    })),
    maxWorkers: 2,
    reporters: ['default', ['json', { outputFile: '.cache/test-report.json' }]],
    passWithNoTests: false,
  },
});

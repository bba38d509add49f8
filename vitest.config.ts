import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['shared/**/*.test.ts', 'functions/**/*.test.ts', 'local/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: 'test/support/buildBundle.ts',
    reporters: ['default', './test/support/countReporter.ts'],
    pool: 'forks',
    // Of the time of the longest tests, most is waiting: two at once also where there are just two processors.
    maxWorkers: '100%',
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});

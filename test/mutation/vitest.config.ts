/** The tests that mutants are tried against: of single modules, without processes and sockets, because each runs thousands of times. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { ShortestFirst } from './shortestFirst.ts';

export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  resolve: {
    alias: [
      {
        find: /^.*\/local\/azurite\/testAzurite\.ts$/,
        replacement: fileURLToPath(new URL('./memoryTables.ts', import.meta.url)),
      },
    ],
  },
  test: {
    include: ['shared/{adjustments,aggregation,log}/**/*.test.ts', 'test/golden/*.test.ts'],
    setupFiles: [fileURLToPath(new URL('./withoutShrinking.ts', import.meta.url))],
    // Most of the time of a mutant is loading modules otherwise.
    isolate: false,
    sequence: { sequencer: ShortestFirst },
    testTimeout: 20_000,
  },
});

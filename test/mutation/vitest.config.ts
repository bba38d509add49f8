/** The tests that mutants are tried against: of single modules, without processes and sockets, because each runs thousands of times. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { ShortestFirst } from './shortestFirst.ts';

const beside = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  resolve: {
    alias: [
      { find: /^.*\/local\/azurite\/testAzurite\.ts$/, replacement: beside('memoryTables.ts') },
      { find: /^.*\/runtime\/systemRuntime\.ts$/, replacement: beside('hastyRuntime.ts') },
    ],
  },
  test: {
    include: [
      'shared/{adjustments,aggregation,log}/**/*.test.ts',
      'test/golden/{goldenRows,redriveRows}.test.ts',
    ],
    // They measure sizes and rates, which takes long and tells no mutant that the others do not.
    exclude: ['**/*.large.test.ts'],
    setupFiles: [beside('withoutShrinking.ts')],
    // Most of the time of a mutant is loading modules otherwise.
    isolate: false,
    sequence: { sequencer: ShortestFirst },
    testTimeout: 30_000,
  },
});

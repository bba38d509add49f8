/** Ends a run of tests with one plain line of counts, for people and programs that read the end of a long output. */
import type { Reporter, TestModule } from 'vitest/node';

export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    let broken = 0;
    for (const module of modules) {
      let own = 0;
      for (const test of module.children.allTests()) {
        counts[test.result().state]++;
        own++;
      }
      // A file that cannot be loaded has no tests that could fail.
      if (own === 0 && module.state() === 'failed') broken++;
    }
    const { passed, failed, skipped, pending } = counts;
    // Last of all: other reporters write their summaries at the same event.
    process.once('exit', () => {
      process.stdout.write(`\n${passed} passed, ${failed + broken + pending} failed, ${skipped} skipped\n`);
    });
  }
}

/** While mutants are tried, the first test that fails ends it: so those files come first that take the least time. */
import { BaseSequencer } from 'vitest/node';
import type { TestSpecification } from 'vitest/node';

export class ShortestFirst extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const duration = (file: TestSpecification): number =>
      this.ctx.cache.getTestSpecificationResult(file)?.duration ?? Infinity;
    return Promise.resolve(files.toSorted((one, other) => duration(one) - duration(other) || 0));
  }
}

/**
 * Answers `require('@azure/functions-core')` with the host's own module. The worker replaces
 * `Module.prototype.require`; every require ends in `Module._load`, so replacing that one also serves `createRequire`.
 */
import Module from 'node:module';

type Load = (this: unknown, request: string, ...rest: unknown[]) => unknown;

/** @returns a function that takes the replacement away again */
export function provideCoreModule(exports: object): () => void {
  const loader = Module as unknown as { _load: Load };
  const previous = loader._load;
  const replacement: Load = function (request, ...rest) {
    return request === '@azure/functions-core' ? exports : previous.call(this, request, ...rest);
  };
  loader._load = replacement;
  return () => {
    // Somebody may have put a replacement of their own on top (a tracing library); that one must stay.
    if (loader._load === replacement) loader._load = previous;
  };
}

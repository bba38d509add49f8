/** A dependency (storage, Inventory Visibility, Supply Chain Management, the queue) could not do its part; try again later. */
export class DependencyError extends Error {
  /** Which one, e.g. `Inventory Visibility security service`. */
  readonly dependency: string;
  readonly retryAfterMs: number | undefined;
  constructor(dependency: string, message: string, options?: ErrorOptions & { retryAfterMs?: number }) {
    super(`${dependency}: ${message}`, options);
    this.name = 'DependencyError';
    this.dependency = dependency;
    this.retryAfterMs = options?.retryAfterMs;
  }
}

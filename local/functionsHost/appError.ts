/** The app cannot be started: its files, settings or registrations are wrong. The message says which and what to do. */
export class AppError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'AppError';
  }
}

/**
 * Everything the API can answer besides success: stable code, status, title. Codes are contract; titles and messages
 * are for people. What can be wrong with a single line stands in ../adjustments/lineProblems.ts.
 */

export const API_ERRORS = {
  BodyNotUtf8: { status: 400, title: 'The body is not UTF-8' },
  BodyNotJson: { status: 400, title: 'The body is not acceptable JSON' },
  BodyNotAnArray: { status: 400, title: 'The body is not a JSON array' },
  NoLines: { status: 400, title: 'The request has no lines' },
  InvalidLines: { status: 400, title: 'Lines of the request cannot be accepted' },
  MalformedContent: { status: 400, title: 'The body cannot be decompressed' },
  IncompleteBody: { status: 400, title: 'The body ended too early' },
  InvalidSettings: { status: 400, title: 'The settings cannot be taken' },
  InvalidParameter: { status: 400, title: 'A parameter of the request is not acceptable' },
  UnsupportedApiVersion: { status: 400, title: 'There is no such version of the API' },
  MissingToken: { status: 401, title: 'The request has no bearer token' },
  InvalidToken: { status: 401, title: 'The bearer token is not acceptable' },
  ExpiredToken: { status: 401, title: 'The bearer token has expired' },
  WrongAudience: { status: 401, title: 'The bearer token is for somebody else' },
  Forbidden: { status: 403, title: 'The caller may not do this' },
  FeatureDisabled: { status: 403, title: 'The feature is switched off' },
  UnknownEnvironment: { status: 404, title: 'There is no such environment' },
  NotFound: { status: 404, title: 'There is no such thing' },
  MethodNotAllowed: { status: 405, title: 'The method is not allowed here' },
  NotAllowedNow: { status: 409, title: 'The state of things does not allow this now' },
  BacklogWaiting: { status: 409, title: 'Switching on would send what waits' },
  MappingInUse: { status: 409, title: 'A mapping has unfinished lines' },
  IdConflict: { status: 409, title: 'Ids are already used for other lines' },
  PastRetention: { status: 410, title: 'It is past retention' },
  PreconditionFailed: { status: 412, title: 'Somebody else has changed it since it was read' },
  BodyTooLarge: { status: 413, title: 'The body is too large' },
  TooManyLines: { status: 413, title: 'The request has too many lines' },
  UnsupportedMediaType: { status: 415, title: 'The content type is not supported' },
  UnsupportedContentEncoding: { status: 415, title: 'The content encoding is not supported' },
  PreconditionRequired: { status: 428, title: 'The request must name the version it was made from' },
  TooManyRequests: { status: 429, title: 'Too many requests' },
  InternalError: { status: 500, title: 'The request failed through a fault of ours' },
  Unavailable: { status: 503, title: 'Something the request needs is not available' },
} as const satisfies Readonly<Record<string, { readonly status: number; readonly title: string }>>;

export type ApiErrorCode = keyof typeof API_ERRORS;

/** The stable codes of what can be wrong with one line of a request. The wording of messages may change, codes may not. */

export const LINE_PROBLEM_TITLES = {
  NotAnObject: 'The line is not a JSON object',
  UnknownField: 'The line has a field that does not exist',
  DuplicateField: 'The line has a field twice, in different spellings',
  MissingField: 'A required field is missing or empty',
  WrongType: 'A field has the wrong JSON type',
  TooLong: 'A text is longer than allowed',
  InvalidCharacters: 'A text begins or ends with a space or holds invisible characters',
  NotADecimal: 'A number is not a decimal number',
  TooManyDecimals: 'A number has more decimals than can be kept exactly',
  OutOfRange: 'A number is out of range',
  InvalidDate: 'A date is not a calendar date that a journal can carry',
  TooManyDimensions: 'The line has more dimensions than there are',
  DuplicateIdInRequest: 'Two lines of the request have the same id',
  UnknownDataSource: 'The data source is not configured',
  ReservedDataSource: 'The data source belongs to Supply Chain Management',
  UnknownPhysicalMeasure: 'The data source has no such physical measure',
  UnknownDimension: 'The data source knows no such dimension',
  ConflictingDimensions: 'Two dimension names mean the same dimension and have different values',
  MissingDimension: 'A required dimension is missing',
  TooLongForSupplyChain: 'A text is longer than Supply Chain Management can hold',
  SerialNumberQuantity: 'A line with a serial number moves more or less than one piece',
} as const;

export type LineProblemCode = keyof typeof LINE_PROBLEM_TITLES;

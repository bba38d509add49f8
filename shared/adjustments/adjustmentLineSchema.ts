/**
 * JSON Schema of one line as clients post it. It validates requests, and it is what the API description shows.
 *
 * Source: "Submit inventory adjustments to the Inventory Visibility API" of the article that defines the product;
 * lengths are those of the columns the business layer stores lines in. Names of fields and dimensions are understood
 * in any case, `null` and the empty string are absent: that is brought into this form before the schema is applied.
 */

/** `format` of texts that identify things, see identifierText.ts. */
export const IDENTIFIER_FORMAT = 'identifier';
/** `format` of decimal strings, see decimal.ts. */
export const DECIMAL_FORMAT = 'decimal';
/** `format` of dates, see calendarDate.ts. */
export const DATE_FORMAT = 'calendar-date';

export const MAX_DIMENSIONS = 33;

const identifier = (maxLength: number, description: string) =>
  ({ type: 'string', maxLength, format: IDENTIFIER_FORMAT, description }) as const;

const optionalIdentifier = (maxLength: number, description: string) =>
  ({ type: ['string', 'null'], maxLength, format: IDENTIFIER_FORMAT, description }) as const;

export const adjustmentLineSchema = {
  type: 'object',
  additionalProperties: false,
  required: [
    'id',
    'organizationId',
    'productId',
    'quantityDataSource',
    'physicalMeasure',
    'dimensions',
    'quantity',
  ],
  properties: {
    id: identifier(
      128,
      'Identifies the line within the legal entity, for ever. The same id with the same content is a duplicate, with other content a conflict.',
    ),
    organizationId: identifier(50, 'Legal entity; compared without regard to case.'),
    productId: identifier(100, 'Item number.'),
    quantityDataSource: identifier(50, 'Name of a configured data source.'),
    physicalMeasure: identifier(50, 'Name of a physical measure of the data source.'),
    dimensions: {
      type: 'object',
      description: 'Dimension name → value; siteId and locationId are required.',
      maxProperties: MAX_DIMENSIONS,
      propertyNames: { maxLength: 50, format: IDENTIFIER_FORMAT },
      additionalProperties: { type: ['string', 'null'], maxLength: 50, format: IDENTIFIER_FORMAT },
    },
    quantity: {
      type: ['number', 'string'],
      format: DECIMAL_FORMAT,
      description:
        'Change of the physical measure: a JSON number or a decimal string, at most 10 decimals, between -100000000000 and 100000000000.',
    },
    externalReferenceCategory: optionalIdentifier(50, 'Type of the source document, such as sales order.'),
    externalReferenceId: optionalIdentifier(100, 'Number of the source document.'),
    fnoJournalNameId: optionalIdentifier(20, 'Journal name in Supply Chain Management.'),
    costPrice: {
      type: ['number', 'string', 'null'],
      format: DECIMAL_FORMAT,
      description: 'Cost per unit: a JSON number or a decimal string. Absent is not zero.',
    },
    transDate: {
      type: ['string', 'null'],
      format: DATE_FORMAT,
      description: 'Date of the journal line: yyyy-MM-dd, or a date-time at midnight.',
    },
  },
} as const;

export type AdjustmentLineField = keyof typeof adjustmentLineSchema.properties;

/** All field names, in the schema's order. */
export const ADJUSTMENT_LINE_FIELDS = Object.keys(adjustmentLineSchema.properties) as AdjustmentLineField[];

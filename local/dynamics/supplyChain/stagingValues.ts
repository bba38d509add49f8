/** Values of staging columns: conversion, lengths, and what a blank means. */
import { formatDecimal, parseDecimal } from '../decimal.ts';
import type { EntityFormat } from './entityFormats.ts';
import type { StagingRow } from './package/dataFileError.ts';

/** What a date column that is not nullable holds for a blank. */
const NO_DATE = '1900-01-01';

/** One row cannot be taken over. */
export class RowError extends Error {
  readonly field: string;
  /** `staging`: the file's value does not fit the column. `target`: SCM's own rules refuse it. */
  readonly phase: 'staging' | 'target';
  constructor(field: string, message: string, phase: 'staging' | 'target' = 'target') {
    super(message);
    this.name = 'RowError';
    this.field = field;
    this.phase = phase;
  }
}

export class RowReader {
  readonly #row: StagingRow;
  readonly #format: EntityFormat;

  constructor(row: StagingRow, format: EntityFormat) {
    this.#row = row;
    this.#format = format;
  }

  /** Whether the file has the column: only then does a blank count. */
  has(column: string): boolean {
    return this.#row.has(column);
  }

  /** Text, or '' where blank or absent. @throws RowError when too long. */
  text(column: string): string {
    const value = this.#row.get(column) ?? '';
    const definition = this.#format.columns.get(column);
    if (definition?.type === 'text' && value.length > definition.maxLength) {
      throw new RowError(
        column,
        `The value '${value}' of field ${column} is longer than ${definition.maxLength}.`,
        'staging',
      );
    }
    return value;
  }

  /** @throws RowError when blank. */
  requiredText(column: string): string {
    const value = this.text(column);
    if (value === '') throw new RowError(column, `Field ${column} must be filled in.`);
    return value;
  }

  /** A canonical decimal. Number columns are not nullable: a blank is zero. @throws RowError */
  number(column: string): string {
    const value = this.#row.get(column) ?? '';
    const units = value === '' ? 0n : parseDecimal(value);
    if (units === undefined) {
      throw new RowError(column, `The value '${value}' of field ${column} is not a number.`, 'staging');
    }
    return formatDecimal(units);
  }

  /**
   * yyyy-MM-dd, or undefined where the file has no such column. Date columns are not nullable: a blank is
   * 1900-01-01. @throws RowError when it is no date.
   */
  date(column: string): string | undefined {
    if (!this.has(column)) return undefined;
    const value = this.#row.get(column) ?? '';
    if (value === '') return NO_DATE;
    const match = /^(\d{4}-\d{2}-\d{2})(?:[T ]\d{2}:\d{2}:\d{2}Z?)?$/.exec(value);
    const day = match?.[1];
    const time = day === undefined ? NaN : Date.parse(`${day}T00:00:00Z`);
    if (day === undefined || Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== day) {
      throw new RowError(column, `The value '${value}' of field ${column} is not a date.`, 'staging');
    }
    return day;
  }

  /** One of the column's choices, in its own spelling; '' where blank. @throws RowError */
  choice(column: string): string {
    const value = this.#row.get(column) ?? '';
    const definition = this.#format.columns.get(column);
    if (value === '' || definition?.type !== 'choice') return value;
    const known = definition.values.find((choice) => choice.toLowerCase() === value.toLowerCase());
    if (known === undefined) {
      throw new RowError(
        column,
        `The value '${value}' of field ${column} is not one of ${definition.values.join(', ')}.`,
        'staging',
      );
    }
    return known;
  }
}

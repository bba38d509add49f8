/** Values of staging columns: conversion, lengths, and what a blank means. */
import { formatDecimal, parseDecimal } from '../decimal.ts';
import type { EntityFormat } from './entityFormats.ts';
import type { StagingRow } from './package/dataFile.ts';

/** One row cannot be taken over. */
export class RowError extends Error {
  readonly field: string;
  constructor(field: string, message: string) {
    super(message);
    this.name = 'RowError';
    this.field = field;
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
      throw new RowError(column, `The value '${value}' of field ${column} is not a number.`);
    }
    return formatDecimal(units);
  }

  /** yyyy-MM-dd, or undefined where the file has no such column. @throws RowError when blank or no date. */
  date(column: string): string | undefined {
    if (!this.has(column)) return undefined;
    const value = this.#row.get(column) ?? '';
    const match = /^(\d{4}-\d{2}-\d{2})(?:[T ]\d{2}:\d{2}:\d{2}Z?)?$/.exec(value);
    const day = match?.[1];
    const time = day === undefined ? NaN : Date.parse(`${day}T00:00:00Z`);
    if (day === undefined || Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== day) {
      throw new RowError(column, `The value '${value}' of field ${column} is not a date.`);
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
      );
    }
    return known;
  }
}

/**
 * Text folded for comparisons without regard to case, as the collation of Supply Chain Management compares. Upper
 * case, because that is how keys of legal entities are written there. Only ever compared or used as a key, never shown.
 */
export function foldCase(text: string): string {
  return text.toUpperCase();
}

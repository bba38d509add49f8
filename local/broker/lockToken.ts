/**
 * Lock tokens are UUIDs. A delivery tag carries one in the byte order of a .NET Guid, in which the first three groups
 * are little-endian; everywhere else it stands in the order of RFC 9562.
 */
export function deliveryTag(lockToken: string): Buffer {
  return swapGuidBytes(uuidBytes(lockToken));
}

export function lockTokenOf(tag: Buffer): string {
  return uuidText(swapGuidBytes(tag));
}

export function uuidBytes(uuid: string): Buffer {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex');
}

export function uuidText(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function swapGuidBytes(bytes: Buffer): Buffer {
  const swapped = Buffer.from(bytes);
  swapped.subarray(0, 4).reverse();
  swapped.subarray(4, 6).reverse();
  swapped.subarray(6, 8).reverse();
  return swapped;
}

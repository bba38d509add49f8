/**
 * Reads what the checks need out of `$metadata`, which is tens of megabytes in a real environment: piece by piece, and
 * no more of it kept than what is about journals. Source: OData 4.0 Part 3, Common Schema Definition Language.
 */
import { SaxesParser } from 'saxes';
import type { SaxesTagNS } from 'saxes';
import type { Clock } from '../runtime/ports.ts';

export interface Metadata {
  /** Entity set → upper-case property names; kept for sets of journals alone. */
  readonly properties: ReadonlyMap<string, ReadonlySet<string>>;
  readonly actions: ReadonlySet<string>;
  /** Enumeration → members. */
  readonly enums: ReadonlyMap<string, ReadonlySet<string>>;
}

const PIECE_BYTES = 256 * 1024;

/** @throws RangeError when it is no well-formed document of that kind */
export async function readMetadata(bytes: Uint8Array, clock: Clock): Promise<Metadata> {
  const types = new Map<string, Set<string>>();
  const sets = new Map<string, string>();
  const actions = new Set<string>();
  const enums = new Map<string, Set<string>>();
  let type: Set<string> | undefined;
  let members: Set<string> | undefined;
  let isMetadata = false;

  const parser = new SaxesParser<{ xmlns: true }>({ xmlns: true });
  parser.on('error', (error) => {
    throw new RangeError(`$metadata is not well-formed: ${error.message}`);
  });
  parser.on('doctype', () => {
    throw new RangeError('$metadata has a document type');
  });
  parser.on('opentag', (tag) => {
    const name = attribute(tag, 'Name');
    switch (tag.local) {
      case 'Edmx':
        isMetadata = true;
        break;
      case 'EntityType':
        if (/journal/i.test(name)) types.set(name, (type = new Set()));
        break;
      case 'Property':
        type?.add(name.toUpperCase());
        break;
      case 'EntitySet':
        if (/journal/i.test(name)) sets.set(name, attribute(tag, 'EntityType').split('.').at(-1) ?? '');
        break;
      case 'Action':
        actions.add(name);
        break;
      case 'EnumType':
        if (/journal/i.test(name)) enums.set(name, (members = new Set()));
        break;
      case 'Member':
        members?.add(name);
        break;
    }
  });
  parser.on('closetag', ({ local }) => {
    if (local === 'EntityType') type = undefined;
    if (local === 'EnumType') members = undefined;
  });
  const decoder = new TextDecoder('utf-8');
  for (let start = 0; start < bytes.length; start += PIECE_BYTES) {
    parser.write(decoder.decode(bytes.subarray(start, start + PIECE_BYTES), { stream: true }));
    // Others have their turn between two pieces.
    await clock.sleep(0);
  }
  parser.close();
  if (!isMetadata) throw new RangeError('the answer is XML, but no $metadata');
  return {
    properties: new Map([...sets].map(([set, typeName]) => [set, types.get(typeName) ?? new Set<string>()])),
    actions,
    enums,
  };
}

function attribute({ attributes }: SaxesTagNS, name: string): string {
  return attributes[name]?.value ?? '';
}

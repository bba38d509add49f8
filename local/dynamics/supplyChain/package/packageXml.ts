/** Strict XML for the members of a data package: well-formed, namespaces resolved, no DTD. */
import { SaxesParser } from 'saxes';

export interface XmlElement {
  readonly name: string;
  readonly namespace: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** Text directly inside an element without children. */
  readonly text: string;
}

interface OpenElement {
  readonly name: string;
  readonly namespace: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: XmlElement[];
  text: string;
}

/** Decodes UTF-16LE (by its byte order mark) or UTF-8. @throws when the bytes are neither. */
export function decodeText(bytes: Uint8Array): string {
  const utf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
  return new TextDecoder(utf16 ? 'utf-16le' : 'utf-8', { fatal: true }).decode(bytes);
}

/** @throws Error naming line and column of what is not well-formed. */
export function parseXml(text: string): XmlElement {
  const parser = new SaxesParser({ xmlns: true });
  const open: OpenElement[] = [];
  let root: XmlElement | undefined;
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('doctype', () => {
    throw new Error('a document type declaration is not allowed');
  });
  parser.on('opentag', (tag) => {
    const attributes = new Map(Object.values(tag.attributes).map(({ name, value }) => [name, value]));
    open.push({ name: tag.local, namespace: tag.uri, attributes, children: [], text: '' });
  });
  parser.on('text', (part) => {
    const current = open.at(-1);
    if (current) current.text += part;
  });
  parser.on('cdata', (part) => {
    const current = open.at(-1);
    if (current) current.text += part;
  });
  parser.on('closetag', () => {
    const closed = open.pop();
    if (!closed) return;
    const element = closed.children.length > 0 ? { ...closed, text: '' } : closed;
    const parent = open.at(-1);
    if (parent) parent.children.push(element);
    else root = element;
  });
  parser.write(text).close();
  if (!root) throw new Error('the document has no root element');
  return root;
}

export function child(element: XmlElement, name: string): XmlElement | undefined {
  return element.children.find(
    (candidate) => candidate.name === name && candidate.namespace === element.namespace,
  );
}

export function children(element: XmlElement | undefined, name: string): XmlElement[] {
  return element?.children.filter((candidate) => candidate.name === name) ?? [];
}

export function childText(element: XmlElement, name: string): string {
  return child(element, name)?.text.trim() ?? '';
}

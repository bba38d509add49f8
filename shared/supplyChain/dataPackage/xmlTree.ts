/** XML documents as trees, for a manifest that is taken over from elsewhere and changed in places. */
import { SaxesParser } from 'saxes';
import { xmlText } from './xmlText.ts';

export interface XmlElement {
  /** As written, with its prefix. */
  readonly name: string;
  /** As written, declarations of namespaces among them. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** Of an element without children. */
  readonly text: string;
}

interface OpenElement extends XmlElement {
  readonly children: XmlElement[];
  text: string;
}

const DEEPEST = 50;

/**
 * The root element of a document in UTF-8, or in UTF-16 with a byte order mark. Comments, processing instructions and
 * the space between elements are dropped. @throws RangeError when it is not well-formed, or has a document type
 */
export function parseXmlDocument(bytes: Uint8Array): XmlElement {
  const parser = new SaxesParser();
  const open: OpenElement[] = [];
  let root: XmlElement | undefined;
  parser.on('error', (error) => {
    throw new RangeError(error.message);
  });
  parser.on('doctype', () => {
    throw new RangeError('a document type is not taken');
  });
  parser.on('opentag', ({ name, attributes }) => {
    if (open.length === DEEPEST) throw new RangeError('its elements are nested too deep');
    const element: OpenElement = { name, attributes, children: [], text: '' };
    open.at(-1)?.children.push(element);
    root ??= element;
    open.push(element);
  });
  const append = (text: string): void => {
    const current = open.at(-1);
    if (current) current.text += text;
  };
  parser.on('text', append);
  parser.on('cdata', append);
  parser.on('closetag', () => {
    const closed = open.pop();
    if (closed && closed.children.length > 0) closed.text = '';
  });
  parser.write(decoded(bytes)).close();
  if (root === undefined) throw new RangeError('it has no root element');
  return root;
}

function decoded(bytes: Uint8Array): string {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (error) {
    throw new RangeError(`it is not ${encoding.toUpperCase()} text`, { cause: error });
  }
}

/** A document in UTF-8: the same tree gives the same bytes. @throws RangeError when XML cannot hold a text */
export function xmlDocument(root: XmlElement): string {
  return `<?xml version="1.0" encoding="utf-8"?>\r\n${written(root, '')}`;
}

function written({ name, attributes, children, text }: XmlElement, indent: string): string {
  const given = Object.entries(attributes).map(([key, value]) => ` ${key}="${xmlText(value)}"`);
  const start = `${indent}<${name}${given.join('')}`;
  if (children.length > 0) {
    const inner = children.map((each) => written(each, `${indent}  `)).join('');
    return `${start}>\r\n${inner}${indent}</${name}>\r\n`;
  }
  return text === '' ? `${start}/>\r\n` : `${start}>${xmlText(text)}</${name}>\r\n`;
}

export function childOf(element: XmlElement, name: string): XmlElement | undefined {
  return element.children.find((child) => child.name === name);
}

/** Text of a child, trimmed; empty where there is none. */
export function textOf(element: XmlElement, name: string): string {
  return childOf(element, name)?.text.trim() ?? '';
}

/** The element with the texts of some of its children replaced; those that it does not have stay out. */
export function withTexts(element: XmlElement, texts: Readonly<Record<string, string>>): XmlElement {
  const children = element.children.map((child) => {
    const text = texts[child.name];
    return text === undefined ? child : { name: child.name, attributes: {}, children: [], text };
  });
  return { ...element, children };
}

/**
 * The blob storage that packages are uploaded to and error files are read from. Source: Put Blob and Get Blob of the
 * storage services' REST reference; data-management-api.md (GetAzureWriteUrl): the caller uploads by itself, with
 * the signed address as its only credential.
 */
import { createHash } from 'node:crypto';
import { Refusal } from '../http/exchange.ts';
import type { Exchange, Reply, Service } from '../http/exchange.ts';
import type { World } from '../state/world.ts';
import type { SharedAccess } from './sharedAccess.ts';

/** The container that data management uses. */
export const CONTAINER = 'dmf';

export interface BlobSetUp {
  readonly world: World;
  readonly access: SharedAccess;
  readonly now: () => number;
}

export class BlobService implements Service {
  readonly name = 'blob';
  readonly maxBodyBytes = 64 * 1024 * 1024;
  readonly #setUp: BlobSetUp;

  constructor(setUp: BlobSetUp) {
    this.#setUp = setUp;
  }

  async handle(exchange: Exchange): Promise<Reply> {
    const { access, world } = this.#setUp;
    const [, container, file = '', ...more] = exchange.path.split('/');
    if (container !== CONTAINER || file === '' || more.length > 0) {
      throw new Refusal(404, 'The specified container does not exist.', coded('ContainerNotFound'));
    }
    if (exchange.headers.authorization !== undefined) {
      throw new Refusal(
        403,
        'Server failed to authenticate the request: the Authorization header is not in the correct format for this account; the signed address is the only credential.',
        coded('AuthenticationFailed'),
      );
    }
    const name = decodeURIComponent(file);
    switch (exchange.method) {
      case 'PUT':
        access.check(name, exchange.query, 'w');
        return this.#put(name, exchange);
      case 'GET':
      case 'HEAD': {
        access.check(name, exchange.query, 'r');
        const blob = world.erp.blobs.get(name);
        if (!blob) throw new Refusal(404, 'The specified blob does not exist.', coded('BlobNotFound'));
        const bytes = Buffer.from(blob.content, 'base64');
        return { status: 200, content: { type: 'application/octet-stream', bytes } };
      }
      default:
        throw new Refusal(405, 'The resource does not support the verb.', coded('UnsupportedHttpVerb'));
    }
  }

  errorReply(status: number, message: string): Reply {
    const text = message.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
    const code = status === 503 ? 'ServerBusy' : status >= 500 ? 'InternalError' : 'InvalidInput';
    const xml = `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${text}</Message></Error>`;
    return { status, content: { type: 'application/xml', bytes: Buffer.from(xml) } };
  }

  #put(name: string, { headers, body }: Exchange): Reply {
    const type = headers['x-ms-blob-type'];
    if (type === undefined) {
      const code = { ...coded('MissingRequiredHeader') };
      throw new Refusal(400, 'An HTTP header that is mandatory is missing: x-ms-blob-type.', code);
    }
    if (type !== 'BlockBlob') {
      const text = `The value "${String(type)}" of header x-ms-blob-type is invalid here; use BlockBlob.`;
      throw new Refusal(400, text, coded('InvalidHeaderValue'));
    }
    const content = Buffer.from(body);
    const uploadedAt = this.#setUp.now();
    const blob = { name, content: content.toString('base64'), uploadedAt };
    this.#setUp.world.commit({ kind: 'erp', change: { blobs: [blob] } });
    const md5 = createHash('md5').update(content).digest('base64');
    return { status: 201, headers: { ETag: `"${md5}"`, 'Content-MD5': md5 } };
  }
}

function coded(code: string): Record<string, string> {
  return { 'x-ms-error-code': code };
}

/**
 * Reads the body of a request as a stream, counting: a body that is too large is refused without ever being in memory
 * as a whole, be it announced, sent without announcement, or hidden in a small compressed one.
 */

import type { HttpRequest } from '@azure/functions';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { ApiError } from './problem.ts';

const gunzipAsync = promisify(gunzip);

/**
 * So much of a body that is too large is still read and thrown away: most clients look for the answer only when they
 * have sent everything, and to stop reading means to cut the connection before they could see it.
 */
const DISCARDED_BYTES = 16 * 1024 * 1024;

/**
 * The bytes of a JSON body, decompressed; empty when there is none.
 *
 * @param maxBytes of the body, before and after decompression
 * @throws ApiError UnsupportedMediaType, UnsupportedContentEncoding, BodyTooLarge, MalformedContent, IncompleteBody
 */
export async function readJsonBody(request: HttpRequest, maxBytes: number): Promise<Uint8Array> {
  checkContentType(request.headers.get('content-type'));
  const compressed = isCompressed(request.headers.get('content-encoding'));
  if (Number(request.headers.get('content-length') ?? '0') > maxBytes) throw tooLarge(maxBytes);
  const body = await collected(request.body, maxBytes);
  return compressed && body.length > 0 ? await decompressed(body, maxBytes) : body;
}

function checkContentType(contentType: string | null): void {
  const [mediaType, ...parameters] = (contentType ?? '').split(';').map((part) => part.trim().toLowerCase());
  const charsets = parameters.filter((parameter) => parameter.startsWith('charset='));
  const utf8 = charsets.every((parameter) => /^charset="?utf-?8"?$/.test(parameter));
  if (mediaType === 'application/json' && utf8) return;
  throw new ApiError('UnsupportedMediaType', {
    detail:
      contentType === null
        ? 'The Content-Type header is missing; send application/json.'
        : `The content type ${JSON.stringify(contentType.slice(0, 100))} is not supported; send application/json in UTF-8.`,
    target: 'Content-Type',
  });
}

function isCompressed(contentEncoding: string | null): boolean {
  const encoding = (contentEncoding ?? '').trim().toLowerCase();
  if (encoding === '' || encoding === 'identity') return false;
  if (encoding === 'gzip' || encoding === 'x-gzip') return true;
  throw new ApiError('UnsupportedContentEncoding', {
    detail: `The content encoding ${JSON.stringify(encoding.slice(0, 100))} is not supported; send gzip or none.`,
    target: 'Content-Encoding',
    headers: { 'accept-encoding': 'gzip' },
  });
}

async function collected(stream: HttpRequest['body'], maxBytes: number): Promise<Uint8Array> {
  if (stream === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    // Leaving the loop early cancels the stream.
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      length += chunk.length;
      if (length > maxBytes + DISCARDED_BYTES) break;
      if (length > maxBytes) chunks.length = 0;
      else chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof ApiError) throw error;
    throw new ApiError(
      'IncompleteBody',
      `The connection ended after ${length} bytes of the body; send it again.`,
      {
        cause: error,
      },
    );
  }
  if (length > maxBytes) throw tooLarge(maxBytes);
  return Buffer.concat(chunks, length);
}

async function decompressed(body: Uint8Array, maxBytes: number): Promise<Uint8Array> {
  try {
    return await gunzipAsync(body, { maxOutputLength: maxBytes });
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(maxBytes);
    throw new ApiError('MalformedContent', 'The body is not gzip, although Content-Encoding says so.', {
      cause: error,
    });
  }
}

function tooLarge(maxBytes: number): ApiError {
  return new ApiError(
    'BodyTooLarge',
    `The body is larger than ${maxBytes} bytes, also counted after decompression; post the lines in several requests.`,
  );
}

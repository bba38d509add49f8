/** The host's own answers: a status and no body. */
import type { ServerResponse } from 'node:http';

export function answer(response: ServerResponse, status: number): void {
  response.writeHead(status, status === 204 ? {} : { 'content-length': '0' });
  response.end();
}

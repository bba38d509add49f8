/** Whether a host name of a URL means this machine: the only one that may be talked to without encryption. */
export function isLoopback(hostname: string): boolean {
  return hostname === '127.0.0.1' || hostname === 'localhost' || hostname === '[::1]';
}

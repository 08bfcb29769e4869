const loopback: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost']);

/** Whether what goes to this host, without brackets, stays on this machine. */
export function isLoopback(host: string): boolean {
  return loopback.has(host);
}

/** What kind of exception it was and where it was thrown: the message of one may hold what a span said or somebody typed. */
export function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return 'unforeseen exception';
  const frame = /\/((?:[\w-]+\/)?[\w-]+\.ts:\d+)/.exec(cause.stack?.split('\n    at ')[1] ?? '');
  return `unforeseen ${cause.name}${frame ? ` at ${frame[1]}` : ''}`;
}

/** A log's name to the world: `<deployment>/log/records/p0/e0`, and `<deployment>/meta/…` for the log of checkpoints. */
export function originOf(deployment: string, logId: string): string {
  return logId.startsWith('meta/') ? `${deployment}/${logId}` : `${deployment}/log/${logId}`;
}

/** `records/p0/e0` of `<deployment>/log/records/p0/e0`. */
export function logIdOf(origin: string): string {
  const at = origin.indexOf('/log/');
  return at < 0 ? origin.slice(origin.indexOf('/') + 1) : origin.slice(at + '/log/'.length);
}

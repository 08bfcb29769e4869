/** A system call as strace saw it. `beganAt` and `endedAt` are lines of the trace: their order is the order of events. */
export type SystemCall = {
  readonly name: string;
  readonly descriptor: string;
  /** What the descriptor is: a path, or a socket's inode. */
  readonly target: string;
  readonly text: string;
  readonly beganAt: number;
  readonly endedAt: number;
};

/** The calls of a trace made with `strace -f -y`. Those that another thread's events interrupted are put together again. */
export function parseSystemCalls(trace: string): readonly SystemCall[] {
  const calls: SystemCall[] = [];
  const unfinished = new Map<string, { readonly text: string; readonly beganAt: number }>();
  trace.split('\n').forEach((line, at) => {
    const [, thread = '', event = ''] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(event);
    if (event.endsWith(UNFINISHED)) {
      unfinished.set(thread, { text: event.slice(0, -UNFINISHED.length), beganAt: at });
    } else if (resumed) {
      const begun = unfinished.get(thread);
      if (begun) calls.push(toCall(begun.text + (resumed[1] ?? ''), begun.beganAt, at));
      unfinished.delete(thread);
    } else if (/^\w+\(/.test(event)) {
      calls.push(toCall(event, at, at));
    }
  });
  return calls;
}

const UNFINISHED = ' <unfinished ...>';

function toCall(text: string, beganAt: number, endedAt: number): SystemCall {
  const [, name = ''] = /^(\w+)\(/.exec(text) ?? [];
  const pattern = name === 'openat' ? /\) = (\d+)<([^>]*)>/ : /^\w+\((\d+)<(.*?)>[,)]/;
  const [, descriptor = '', target = ''] = pattern.exec(text) ?? [];
  return { name, descriptor, target, text, beganAt, endedAt };
}

/**
 * The answers of success that were written before their spans were on disk; empty is what must be. A request and its spans in
 * the log are told by a marker that both hold. On disk means, for the spans' LMDB file: the pages with the marker were
 * written; after that an fdatasync began and ended; after that the meta page, without which the pages are not found again,
 * was written through a descriptor opened with O_DSYNC, and that write had ended before the answer's began.
 */
export function unsyncedAnswers(calls: readonly SystemCall[], marker: RegExp): readonly string[] {
  const file = calls.filter(({ target }) => /\/spans-[^/]*\.mdb$/.test(target));
  const synced = new Set(
    file
      .filter(({ name, text }) => name === 'openat' && text.includes('O_DSYNC'))
      .map(({ descriptor }) => descriptor),
  );
  const writes = file.filter(({ name }) => /^p?writev?(64)?$/.test(name));
  const syncs = file.filter(({ name }) => name === 'fdatasync' || name === 'fsync');
  const metaWrites = writes.filter(({ descriptor }) => synced.has(descriptor));
  const firstAfter = (list: readonly SystemCall[], at: number): number =>
    list
      .filter(({ beganAt }) => beganAt > at)
      .reduce((first, { endedAt }) => Math.min(first, endedAt), Infinity);
  return successAnswers(calls).flatMap((answer) => {
    const asked = lastMarkerRead(calls, answer, marker);
    if (asked === undefined) return [`no request is known for: ${answer.text}`];
    const written = writes.find(({ text }) => text.includes(asked));
    if (!written) return [`${asked} was answered and never written`];
    const durableAt = firstAfter(metaWrites, firstAfter(syncs, written.endedAt));
    return durableAt < answer.beganAt ? [] : [`${asked} was answered before it was on disk`];
  });
}

export function successAnswers(calls: readonly SystemCall[]): readonly SystemCall[] {
  return calls.filter(
    ({ name, text }) =>
      /^(write|writev|sendto|sendmsg)$/.test(name) && text.includes('"HTTP/1.1 200'),
  );
}

function lastMarkerRead(
  calls: readonly SystemCall[],
  answer: SystemCall,
  marker: RegExp,
): string | undefined {
  const reads = calls.filter(
    ({ name, target, endedAt, text }) =>
      /^(read|readv|recvfrom|recvmsg)$/.test(name) &&
      target === answer.target &&
      endedAt < answer.beganAt &&
      marker.test(text),
  );
  return marker.exec(reads.at(-1)?.text ?? '')?.[0];
}

import type { Block, BlockPart, StreamHead } from './span-numbers.ts';
import {
  NUMBERS_PER_BLOCK,
  blockKey,
  emptyBlock,
  headBytes,
  parseHead,
  readBlock,
  setNumber,
  streamKey,
  streamLimits,
  streamsOf,
} from './span-numbers.ts';

type State = {
  readonly getState: (key: string) => Uint8Array | undefined;
  readonly scanState: (prefix: string) => Iterable<readonly [string, Uint8Array]>;
};
type Change = { readonly key: string; readonly value: Uint8Array | null };

/** Which numbers of producers' streams an owner met since its last commit. */
export type SpanNumberTally = {
  readonly note: (at: NumberAt, part: BlockPart, number: number) => void;
  /** A heartbeat: so many numbers were given out. */
  readonly beat: (at: NumberAt, next: number) => void;
  /** What changed since the last time; streams that are past their time or their producer's share are deleted. */
  readonly drain: () => readonly Change[];
};

export type NumberAt = {
  readonly tenant: string;
  readonly producer: string;
  readonly stream: string;
  /** Append time, milliseconds since the epoch. */
  readonly nowMs: number;
};

type Stream = { readonly at: NumberAt; head: StreamHead; isNew: boolean; isChanged: boolean };

export function createSpanNumberTally(state: State): SpanNumberTally {
  const streams = new Map<string, Stream>();
  const blocks = new Map<string, Block>();
  const changed = new Map<string, Block | null>();

  // Spans of one stream come one behind the other: the last answers are kept.
  let last: Stream | undefined;
  let lastBits: { readonly of: Stream; readonly block: number; readonly bits: Block } | undefined;

  const open = (at: NumberAt): Stream => {
    if (last && isSameStream(last.at, at)) return last;
    last = openAnew(at);
    return last;
  };
  const openAnew = (at: NumberAt): Stream => {
    const key = streamKey(at.tenant, at.producer, at.stream);
    const known = streams.get(key);
    if (known) return known;
    const stored = parseHead(state.getState(key));
    const head = stored ?? { low: -1, high: -1, next: 0, heardMs: 0, beatMs: 0 };
    const opened: Stream = { at, head, isNew: stored === undefined, isChanged: false };
    streams.set(key, opened);
    return opened;
  };
  const openBlock = (stream: Stream, key: string): Block => {
    const known = blocks.get(key);
    if (known) return known;
    const block = (stream.isNew ? undefined : readBlock(state.getState(key))) ?? emptyBlock();
    blocks.set(key, block);
    return block;
  };
  return {
    note: (at, part, number) => {
      const stream = open(at);
      const block = Math.floor(number / NUMBERS_PER_BLOCK);
      // What came so late that its history is gone says nothing any more.
      if (block < stream.head.low && block < stream.head.high - streamLimits.blocksMax) return;
      if (lastBits?.of === stream && lastBits.block === block && isHeard(stream, at.nowMs)) {
        setNumber(lastBits.bits, part, number, at.nowMs);
        return;
      }
      const { high: before } = stream.head;
      hear(stream, at.nowMs, { high: block });
      forgetOld(state, { stream, before }, { blocks, changed });
      const { tenant, producer } = stream.at;
      const key = blockKey(tenant, producer, stream.at.stream, block);
      const bits = openBlock(stream, key);
      setNumber(bits, part, number, at.nowMs);
      changed.set(key, bits);
      lastBits = { of: stream, block, bits };
    },
    beat: (at, next) => {
      const stream = open(at);
      hear(stream, at.nowMs, { next, beatMs: at.nowMs });
    },
    drain: () => {
      const changes: Change[] = [];
      const fresh = [...streams.values()].filter(({ isNew }) => isNew);
      for (const [first, ...others] of Map.groupBy(fresh, producerOf).values()) {
        if (!first) continue;
        const room = { at: first.at, streams: 1 + others.length };
        // As arguments of one call they could be too many.
        for (const change of makeRoom(state, room, { streams, blocks, changed })) {
          changes.push(change);
        }
      }
      for (const stream of streams.values()) {
        if (!stream.isChanged) continue;
        const { tenant, producer, stream: id } = stream.at;
        changes.push({ key: streamKey(tenant, producer, id), value: headBytes(stream.head) });
        stream.isChanged = false;
        stream.isNew = false;
      }
      // Bits go on changing after the commit was made of them.
      for (const [key, bits] of changed) changes.push({ key, value: bits && Buffer.from(bits) });
      changed.clear();
      last = undefined;
      lastBits = undefined;
      if (streams.size > CACHED_MAX) streams.clear();
      if (blocks.size > CACHED_MAX) blocks.clear();
      return changes;
    },
  };
}

const CACHED_MAX = 1_024;

function isSameStream(one: NumberAt, other: NumberAt): boolean {
  return (
    one.stream === other.stream && one.producer === other.producer && one.tenant === other.tenant
  );
}

/** Whether that it is heard now says nothing new: to the second, see `hear`. */
function isHeard({ head }: Stream, nowMs: number): boolean {
  return nowMs - head.heardMs < 1_000;
}

function hear(
  stream: Stream,
  nowMs: number,
  told: { high?: number; next?: number; beatMs?: number },
) {
  const { low, high, next, heardMs, beatMs } = stream.head;
  const block = told.high ?? high;
  const head = {
    low: low < 0 ? block : block >= 0 ? Math.min(low, block) : low,
    high: Math.max(high, block),
    next: Math.max(next, told.next ?? 0),
    // To the second: what changes with each span is written with each commit.
    heardMs: nowMs - heardMs < 1_000 ? heardMs : nowMs,
    beatMs: Math.max(beatMs, told.beatMs ?? 0),
  };
  const isSame = headBytes(head).equals(headBytes(stream.head));
  if (isSame) return;
  stream.head = head;
  stream.isChanged = true;
}

/** Deletes what there is of blocks that are too old: numbers may leap by as many blocks as are kept, with every span. */
function forgetOld(
  state: State,
  { stream, before }: { readonly stream: Stream; readonly before: number },
  { blocks, changed }: { readonly blocks: Map<string, Block>; changed: Map<string, Block | null> },
): void {
  const { low, high } = stream.head;
  const first = high - streamLimits.blocksMax + 1;
  if (low >= first) return;
  const { tenant, producer, stream: id } = stream.at;
  for (let block = low; block < Math.min(first, before + 1); block += 1) {
    const key = blockKey(tenant, producer, id, block);
    blocks.delete(key);
    if (!stream.isNew && state.getState(key) !== undefined) changed.set(key, null);
    else changed.delete(key);
  }
  stream.head = { ...stream.head, low: before < first ? high : first };
  stream.isChanged = true;
}

function producerOf({ at }: Stream): string {
  return streamsOf(at.tenant, at.producer);
}

type Cached = {
  readonly streams: Map<string, Stream>;
  readonly blocks: Map<string, Block>;
  readonly changed: Map<string, Block | null>;
};

/**
 * Before a producer's new streams are written, once for all of them: what of its earlier ones goes, those past their time and, of too many, those heard
 * longest ago.
 */
function makeRoom(
  state: State,
  room: { readonly at: NumberAt; readonly streams: number },
  cached: Cached,
): readonly Change[] {
  const { at } = room;
  const kept: { readonly key: string; readonly id: string; readonly head: StreamHead }[] = [];
  for (const [key, value] of state.scanState(streamsOf(at.tenant, at.producer))) {
    const head = parseHead(value);
    if (head) kept.push({ key, id: key.slice(key.lastIndexOf('/') + 1), head });
  }
  kept.sort((a, b) => b.head.heardMs - a.head.heardMs);
  const changes: Change[] = [];
  let blocks = 0;
  for (const [index, { key, id, head }] of kept.entries()) {
    blocks += head.high - head.low + 1;
    const isOld = head.heardMs < at.nowMs - streamLimits.streamsKeptMs;
    const isMuch =
      blocks > streamLimits.producerBlocksMax ||
      index + room.streams >= streamLimits.producerStreamsMax;
    // One that is being heard stays.
    if ((!isOld && !isMuch) || cached.streams.get(key)?.isChanged) continue;
    changes.push({ key, value: null });
    cached.streams.delete(key);
    // Those that there are: between a stream's lowest and highest may lie thousands that never were.
    const prefix = blockKey(at.tenant, at.producer, id, 0).slice(0, -1);
    for (const [blockOf] of state.scanState(prefix)) {
      cached.blocks.delete(blockOf);
      cached.changed.delete(blockOf);
      changes.push({ key: blockOf, value: null });
    }
  }
  return changes;
}

import { z } from 'zod';
import { isShown } from '../../schemas/state-keys.ts';
import type { Topic } from '../../schemas/topics.ts';
import { topics } from '../../schemas/topics.ts';
import type { Position, StateChange } from '../event-log.ts';
import { EventLogError } from '../errors.ts';
import type { NamedMessage } from './sends.ts';
import { changelogTopics } from './topic-plan.ts';

/** What the changelog says of an owner besides its state: who owns it, its last commit, how far it has read. */
export type Progress = {
  /** Made anew by each owner: a commit of another one means that this one was replaced. */
  readonly holder: string;
  /** Counts the holder's commits; the opening is 0. */
  readonly commit: number;
  readonly positions: readonly Position[];
};

export type OwnerPlace = {
  readonly role: string;
  readonly partition: number;
  readonly prefix: string;
};

/** The messages of the two changelogs that make state changes and progress durable. Progress comes last. */
export function changelogMessages(
  place: OwnerPlace,
  progress: Progress,
  state: readonly StateChange[],
): readonly NamedMessage[] {
  const { role, partition, prefix } = place;
  const message = (topic: string, key: string, value: Uint8Array | null): NamedMessage => ({
    topic: prefix + topic,
    partition,
    key,
    headers: {},
    value,
  });
  const changes = state.map(({ key, value }) =>
    message(
      isShown(key) ? changelogTopics.progress : changelogTopics.state,
      `${role}/${key}`,
      value,
    ),
  );
  return [...changes, message(changelogTopics.progress, role, encodeProgress(progress))];
}

/** Messages that say nothing: where they lie, all that was committed before has its place. */
export function barrierMessages({ partition, prefix }: OwnerPlace): readonly NamedMessage[] {
  return Object.values(changelogTopics).map((topic) => ({
    topic: prefix + topic,
    partition,
    key: '!barrier',
    headers: {},
    value: null,
  }));
}

function encodeProgress({ holder, commit, positions }: Progress): Uint8Array {
  const places = positions.map(({ topic, partition, offset }) => [topic, partition, offset]);
  return Buffer.from(JSON.stringify({ holder, commit, positions: places }));
}

const stored = z.object({
  holder: z.string(),
  commit: z.number(),
  positions: z.array(z.tuple([z.string(), z.number(), z.number()])),
});

const knownTopics: readonly Topic[] = Object.values(topics);

/** Topics that this version does not know are left out. */
export function decodeProgress(value: Uint8Array): Progress {
  const read = stored.safeParse(JSON.parse(Buffer.from(value).toString()));
  if (!read.success) {
    throw new EventLogError('EVENT_LOG_CORRUPT', 'a progress message cannot be read', read.error);
  }
  const { holder, commit, positions } = read.data;
  return {
    holder,
    commit,
    positions: positions.flatMap(([name, partition, offset]) => {
      const topic = knownTopics.find((known) => known === name);
      return topic === undefined ? [] : [{ topic, partition, offset }];
    }),
  };
}

/** A changelog key is `role` for progress, `role/key` for state. */
export function splitKey(key: string): { readonly role: string; readonly key: string | undefined } {
  const slash = key.indexOf('/');
  return slash < 0
    ? { role: key, key: undefined }
    : { role: key.slice(0, slash), key: key.slice(slash + 1) };
}

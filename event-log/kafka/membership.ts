import { setTimeout as wait } from 'node:timers/promises';
import type { PartitionWork, SharedWork } from '../event-log.ts';
import { createWorkSet } from '../share-work.ts';
import { assignSticky } from './assign-sticky.ts';
import type { Consumer, Kafka, PartitionAssigner } from './kafkajs.ts';
import { AssignerProtocol } from './kafkajs.ts';

export type MembershipOptions = {
  readonly kafka: Kafka;
  readonly groupId: string;
  /** As the broker calls it. */
  readonly topic: string;
  readonly partitions: number;
  /** Asked now and then where the topic is not ours to make: its partitions may become more. */
  readonly partitionsNow?: () => Promise<number>;
  readonly sessionWaitMsMax: number;
  readonly onTrouble: (error: unknown) => void;
};

const REBALANCE_WAIT_MS_MAX = 30_000;
/** Between two looks of a member that fetches nothing; a heartbeat is due at most so late. */
const IDLE_MS = 500;
const REJOIN_MS = 1000;
/** Between two looks for further partitions. What lies in them waits so long. */
const PARTITIONS_LOOK_MS = 5000;

/**
 * A member of the role's group, which hands the topic's partitions out. It reads nothing: it only says what is ours. While the group is
 * being rebalanced work goes on, since most of it comes back; who takes a partition over fences us.
 */
export async function joinGroup(
  options: MembershipOptions,
  work: PartitionWork,
): Promise<SharedWork> {
  const set = createWorkSet(work, { isBegunAgain: true });
  const stopping = new AbortController();
  let owned: readonly number[] = [];
  let { partitions } = options;
  let consumer: Consumer | undefined;

  async function join(): Promise<void> {
    const { kafka, groupId, topic, sessionWaitMsMax } = options;
    const joined = kafka.consumer({
      groupId,
      sessionTimeout: sessionWaitMsMax,
      rebalanceTimeout: REBALANCE_WAIT_MS_MAX,
      heartbeatInterval: Math.floor(sessionWaitMsMax / 5),
      maxWaitTimeInMs: IDLE_MS,
      allowAutoTopicCreation: false,
      partitionAssigners: [
        stickyAssigner(options.topic, { owned: () => owned, partitions: () => partitions }),
      ],
    });
    consumer = joined;
    joined.on(joined.events.GROUP_JOIN, ({ payload }) => {
      owned = payload.memberAssignment[topic] ?? [];
      // The port's readers fetch; the group's own consumer must not.
      joined.pause([{ topic, partitions: [...owned] }]);
      set.assign(owned);
    });
    joined.on(joined.events.CRASH, ({ payload }) => {
      options.onTrouble(payload.error);
      if (!payload.restart) void rejoin();
    });
    await joined.connect();
    await joined.subscribe({ topic, fromBeginning: false });
    await joined.run({ autoCommit: false, eachBatch: async () => undefined });
  }

  async function rejoin(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await consumer?.disconnect().catch(() => undefined);
        await wait(REJOIN_MS, undefined, { signal: stopping.signal });
        await join();
        return;
      } catch (error) {
        options.onTrouble(error);
      }
    }
  }

  /** Every member sees it for itself; whoever then leads the group hands the new ones out. */
  async function watchPartitions(count: () => Promise<number>): Promise<void> {
    while (!stopping.signal.aborted) {
      await wait(PARTITIONS_LOOK_MS, undefined, { signal: stopping.signal, ref: false });
      const now = await count().catch(() => partitions);
      if (now === partitions || now === 0) continue;
      partitions = now;
      await rejoin();
    }
  }

  await join().catch(async (error: unknown) => {
    await consumer?.disconnect().catch(() => undefined);
    throw error;
  });
  if (options.partitionsNow) {
    watchPartitions(options.partitionsNow).catch((error: unknown) => {
      if (!stopping.signal.aborted) options.onTrouble(error);
    });
  }
  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    stopping.abort();
    // Work ends first: what it has committed is then there for whoever takes over.
    await set.stop();
    await consumer?.disconnect();
  };
  return { failed: set.failed, stop: () => (stopped ??= stop()) };
}

const VERSION = 1;

type AssignedNow = { readonly owned: () => readonly number[]; readonly partitions: () => number };

/** Eager, as kafkajs knows no other; each member says in its request to join what it works on. */
function stickyAssigner(topic: string, now: AssignedNow): PartitionAssigner {
  const name = 'waybill-sticky';
  return () => ({
    name,
    version: VERSION,
    protocol: ({ topics }) => ({
      name,
      metadata: AssignerProtocol.MemberMetadata.encode({
        version: VERSION,
        topics,
        userData: Buffer.from(JSON.stringify(now.owned())),
      }),
    }),
    assign: async ({ members }) => {
      const known = members.map(({ memberId, memberMetadata }) => ({
        id: memberId,
        owned: ownedOf(AssignerProtocol.MemberMetadata.decode(memberMetadata)?.userData),
      }));
      return [...assignSticky(known, now.partitions())].map(([memberId, share]) => ({
        memberId,
        memberAssignment: AssignerProtocol.MemberAssignment.encode({
          version: VERSION,
          assignment: { [topic]: [...share] },
          userData: Buffer.alloc(0),
        }),
      }));
    },
  });
}

/** What another member says is not ours to trust: anything but numbers counts as nothing. */
function ownedOf(userData: Buffer | undefined): readonly number[] {
  try {
    const said: unknown = JSON.parse(String(userData));
    return Array.isArray(said) ? said.filter((partition) => Number.isInteger(partition)) : [];
  } catch {
    return [];
  }
}

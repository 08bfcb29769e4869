import type { Topic } from '../schemas/topics.ts';
import { partitionedTopics, topics } from '../schemas/topics.ts';

/** How a partition is called inside the embedded log: `topic/partition`. */
export function idOf(topic: Topic, partition: number): string {
  return `${topic}/${partition}`;
}

/** How many partitions a topic has in a log whose spans have `partitions`. */
export function partitionCount(topic: Topic, partitions: number): number {
  return partitionedTopics.has(topic) ? partitions : 1;
}

/** The partitions of the main file: all but those of spans. */
export function mainIds(partitions: number): string[] {
  return Object.values(topics)
    .filter((topic) => topic !== topics.spans)
    .flatMap((topic) => idsOf(topic, partitions));
}

export function idsOf(topic: Topic, partitions: number): string[] {
  const count = partitionCount(topic, partitions);
  return Array.from({ length: count }, (_, partition) => idOf(topic, partition));
}

import { z } from 'zod';
import { kafkaSettingsSchema } from '../event-log/kafka/settings.ts';
import type { Command } from './command.ts';
import { configOptions, configSourceOf } from './command-role.ts';
import { CommandFailure, exitCodes } from './failure.ts';
import { readRoleConfig } from './role-config.ts';

/** What of the common settings says which topics there must be. */
const topicSettings = z.object({
  kafka: kafkaSettingsSchema,
  partitions: z.number().int().min(1).max(256).default(2),
});

/** Compares the topics on the brokers with what the roles need, and makes what is missing. */
export const topicsCommand: Command = {
  name: 'topics',
  summary: 'compare the topics on Kafka with what is needed; --create makes what is missing',
  positionals: [],
  options: {
    ...configOptions,
    create: { type: 'boolean', means: 'create missing topics; what is there is left as it is' },
    replicas: { type: 'string', value: 'N', means: 'copies of each created partition (3)' },
  },
  examples: [
    'waybill topics --config waybill.yaml',
    'waybill topics --config waybill.yaml --create --replicas 3',
  ],
  async run(given, terminal) {
    const config = await readRoleConfig(configSourceOf('topics', given, terminal), 'topics');
    const parsed = topicSettings.safeParse(config);
    if (!parsed.success) {
      const told = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
      throw new CommandFailure('usage', `waybill topics: ${told.join('; ')}.`);
    }
    const replicas = replicasOf(given.text('replicas') ?? '3');
    const { openTopics } = await import('../event-log/kafka/open-topics.ts');
    const topics = await openTopics(parsed.data.kafka, parsed.data.partitions).catch(toFailure);
    try {
      const created = given.flag('create') ? await topics.create(replicas).catch(toFailure) : [];
      const states = await topics.compare().catch(toFailure);
      for (const { name, isMissing, differences } of states) {
        const state = isMissing ? 'missing' : differences.join(', ') || 'as needed';
        terminal.out(`${name}  ${state}${created.includes(name) ? ' (created)' : ''}`);
      }
      const isRight = states.every(
        ({ isMissing, differences }) => !isMissing && differences.length === 0,
      );
      return isRight ? exitCodes.ok : exitCodes.failed;
    } finally {
      await topics.close();
    }
  },
};

function replicasOf(text: string): number {
  const replicas = Number(text);
  if (Number.isInteger(replicas) && replicas >= 1 && replicas <= 16) return replicas;
  throw new CommandFailure(
    'usage',
    `waybill topics: --replicas ${text} is no number from 1 to 16.`,
  );
}

function toFailure(cause: unknown): never {
  const why = cause instanceof Error ? cause.message : String(cause);
  throw new CommandFailure('failed', `waybill topics: ${why}`, cause);
}

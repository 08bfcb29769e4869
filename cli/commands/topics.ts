import { z } from 'zod';
import type { Acl } from '../../event-log/kafka/kafkajs.ts';
import type { DeploymentTopics } from '../../event-log/kafka/open-topics.ts';
import { kafkaSettingsSchema } from '../../event-log/kafka/settings.ts';
import type { Command } from '../command.ts';
import { configOptions, configSourceOf } from './role.ts';
import { CommandFailure, exitCodes } from '../failure.ts';
import { roleAccess } from '../role-access.ts';
import type { ConfigSource } from '../role-config.ts';
import { readRoleConfig } from '../role-config.ts';
import { logRoleNames } from '../role-starts.ts';
import type { Terminal } from '../terminal.ts';

/** What of the common settings says which topics there must be. */
const topicSettings = z.object({
  kafka: kafkaSettingsSchema,
  partitions: z.number().int().min(1).max(256).default(2),
  principals: z
    .partialRecord(z.enum(logRoleNames), z.string().regex(/^\w+:[^*]{1,200}$/))
    .default({})
    .describe('who a role is to the brokers, where it is not User:waybill-<role>'),
});
type TopicSettings = z.output<typeof topicSettings>;

/** What the collector's own section says of topics of others. */
const foreignSettings = z.object({
  foreignTopics: z.array(z.object({ topic: z.string().min(1) })).default([]),
});

/** Compares the topics on the brokers with what the roles need, and makes what is missing. */
export const topicsCommand: Command = {
  name: 'topics',
  summary: 'compare the topics on Kafka with what is needed; --create makes what is missing',
  positionals: [],
  options: {
    ...configOptions,
    create: { type: 'boolean', means: 'create missing topics; what is there is left as it is' },
    acls: {
      type: 'boolean',
      means: 'compare what each role is allowed instead; --create allows what is missing',
    },
    print: { type: 'boolean', means: 'with --acls: print it for kafka-acls.sh instead' },
    replicas: { type: 'string', value: 'N', means: 'copies of each created partition (3)' },
  },
  examples: [
    'waybill topics --config waybill.yaml',
    'waybill topics --config waybill.yaml --create --replicas 3',
    'waybill topics --config waybill.yaml --acls --create',
  ],
  async run(given, terminal) {
    const config = await readRoleConfig(configSourceOf('topics', given, terminal), 'topics');
    const parsed = topicSettings.safeParse(config);
    if (!parsed.success) {
      const told = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
      throw new CommandFailure('usage', `waybill topics: ${told.join('; ')}.`);
    }
    const replicas = replicasOf(given.text('replicas') ?? '3');
    const acls = given.flag('acls')
      ? await aclsOfRoles(
          parsed.data,
          await foreignTopicsOf(configSourceOf('topics', given, terminal)),
        )
      : [];
    if (given.flag('acls') && given.flag('print')) return printAcls(parsed.data, acls, terminal);
    const { openTopics } = await import('../../event-log/kafka/open-topics.ts');
    const topics = await openTopics(parsed.data.kafka, parsed.data.partitions).catch(toFailure);
    try {
      if (given.flag('acls')) {
        const right = await treatAcls(topics, acls, given.flag('create'), terminal).catch(
          toFailure,
        );
        return right ? exitCodes.ok : exitCodes.failed;
      }
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

async function foreignTopicsOf(source: ConfigSource): Promise<readonly string[]> {
  const parsed = foreignSettings.safeParse(await readRoleConfig(source, 'collector'));
  if (parsed.success) return parsed.data.foreignTopics.map(({ topic }) => topic);
  throw new CommandFailure(
    'usage',
    'waybill topics: foreignTopics of the collector name no topics.',
  );
}

type RoleAcls = { readonly principal: string; readonly acls: readonly Acl[] };

async function aclsOfRoles(
  settings: TopicSettings,
  foreignTopics: readonly string[],
): Promise<readonly RoleAcls[]> {
  const { aclsOf } = await import('../../event-log/kafka/acls.ts');
  return logRoleNames.map((role) => {
    const principal = settings.principals[role] ?? `User:waybill-${role}`;
    const foreign = role === 'collector' ? foreignTopics : [];
    const access = { ...roleAccess[role], foreign };
    return { principal, acls: aclsOf(access, principal, settings.kafka.topicPrefix) };
  });
}

async function printAcls(
  { kafka }: TopicSettings,
  roles: readonly RoleAcls[],
  terminal: Terminal,
): Promise<number> {
  const { aclCommands } = await import('../../event-log/kafka/acls.ts');
  const lines = roles.flatMap(({ acls }) => aclCommands(acls, kafka.brokers[0] ?? ''));
  for (const line of lines) terminal.out(line);
  return exitCodes.ok;
}

/** True when every role is then allowed what it needs; what it is allowed beyond that is told, and taken away by nobody here. */
async function treatAcls(
  topics: DeploymentTopics,
  roles: readonly RoleAcls[],
  create: boolean,
  terminal: Terminal,
): Promise<boolean> {
  const { describeAcl } = await import('../../event-log/kafka/acls.ts');
  let isRight = true;
  // Two roles may be one principal: it needs what both need.
  const principals = new Set(roles.map(({ principal }) => principal));
  for (const principal of principals) {
    const acls = roles.filter((role) => role.principal === principal).flatMap((role) => role.acls);
    const { missing, beyond } = await topics.compareAcls(principal, acls);
    if (create) await topics.allow(missing);
    isRight &&= create || missing.length === 0;
    const count = `${missing.length} ${create ? 'allowed now' : 'missing'}`;
    terminal.out(`${principal}  ${missing.length === 0 ? 'as needed' : count}`);
    if (!create) for (const acl of missing) terminal.out(`  missing  ${describeAcl(acl)}`);
    for (const acl of beyond) terminal.out(`  beyond need  ${describeAcl(acl)}`);
  }
  return isRight;
}

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

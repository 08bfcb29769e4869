import type { Topic } from '../../schemas/topics.ts';
import { topics } from '../../schemas/topics.ts';
import type { Acl } from './kafkajs.ts';
import { aclWords } from './kafkajs.ts';
import { changelogTopics } from './topic-plan.ts';

/** What a process does with the log. */
export type LogAccess = {
  readonly reads: readonly Topic[];
  readonly appends: readonly Topic[];
  /** It drops their oldest messages. */
  readonly trims?: readonly Topic[];
  /** It owns and shares partitions under names that begin with this; null: it owns none. */
  readonly owns: string | null;
  /** It looks at what owners show. */
  readonly inspects: boolean;
  /** Topics of others that it takes in, by the broker's names. */
  readonly foreign: readonly string[];
};

/**
 * What a principal must be allowed, and no more. To every topic it may see that it is there and how it is set, since each process checks that at its
 * start. Owners share two changelogs, in which Kafka cannot tell one owner's keys from another's.
 */
export function aclsOf(access: LogAccess, principal: string, prefix: string): readonly Acl[] {
  const { topic, group, transactionalId } = aclWords.resources;
  const { describe, describeConfigs, read, write, delete: del } = aclWords.operations;
  const { literal, prefixed } = aclWords.patterns;
  const ours = [...Object.values(topics), ...Object.values(changelogTopics)];
  const allow = (
    resourceType: Acl['resourceType'],
    resourceName: string,
    resourcePatternType: Acl['resourcePatternType'],
    operations: readonly Acl['operation'][],
  ): readonly Acl[] =>
    operations.map((operation) => ({
      resourceType,
      resourceName,
      resourcePatternType,
      principal,
      host: '*',
      operation,
      permissionType: aclWords.allow,
    }));
  const onTopics = (names: readonly string[], operation: Acl['operation']): readonly Acl[] =>
    names.flatMap((name) => allow(topic, prefix + name, literal, [operation]));
  const owned = access.owns === null ? [] : Object.values(changelogTopics);
  const seen = access.inspects ? [changelogTopics.progress] : [];
  const groups = [
    ...(access.owns === null ? [] : [`${prefix}waybill.${access.owns}`]),
    ...(access.foreign.length === 0 ? [] : [`${prefix}waybill.collector.`]),
  ];
  return [
    ...ours.flatMap((name) => allow(topic, prefix + name, literal, [describe, describeConfigs])),
    ...onTopics([...new Set([...access.reads, ...owned, ...seen])], read),
    ...onTopics([...access.appends, ...owned], write),
    ...onTopics(access.trims ?? [], del),
    ...access.foreign.flatMap((name) => allow(topic, name, literal, [describe, read])),
    ...groups.flatMap((name) => [
      ...allow(group, name, prefixed, [read]),
      ...allow(transactionalId, name, prefixed, [describe, write]),
    ]),
  ];
}

/** The same as lines for Kafka's own tool, one a resource. */
export function aclCommands(acls: readonly Acl[], broker: string): readonly string[] {
  const lines = new Map<string, string[]>();
  for (const acl of acls) {
    const of = [
      `kafka-acls.sh --bootstrap-server ${broker} --add --allow-principal ${quoted(acl.principal)}`,
      `${optionOf(acl.resourceType)} ${quoted(acl.resourceName)}`,
      ...(acl.resourcePatternType === aclWords.patterns.prefixed
        ? ['--resource-pattern-type prefixed']
        : []),
    ].join(' ');
    const operations = lines.get(of) ?? [];
    operations.push(operationName(acl.operation));
    lines.set(of, operations);
  }
  return [...lines].map(([of, names]) =>
    names.reduce((line, name) => `${line} --operation ${name}`, of),
  );
}

export function describeAcl(acl: Acl): string {
  const what = optionOf(acl.resourceType).slice(2);
  const isPrefix = acl.resourcePatternType === aclWords.patterns.prefixed;
  return `${acl.principal}  ${operationName(acl.operation)}  ${what} ${acl.resourceName}${isPrefix ? '*' : ''}`;
}

function optionOf(resourceType: Acl['resourceType']): string {
  const { topic, group } = aclWords.resources;
  if (resourceType === topic) return '--topic';
  return resourceType === group ? '--group' : '--transactional-id';
}

function operationName(operation: Acl['operation']): string {
  const { describe, describeConfigs, read, delete: del } = aclWords.operations;
  if (operation === del) return 'Delete';
  if (operation === describe) return 'Describe';
  if (operation === describeConfigs) return 'DescribeConfigs';
  return operation === read ? 'Read' : 'Write';
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

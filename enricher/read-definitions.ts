import { hash } from 'node:crypto';
import type { AttributeValue } from '../otlp/span.ts';
import type { ToolDefinition } from '../schemas/record-types.ts';
import type { Draft } from './draft.ts';
import { textOf } from './draft.ts';
import { canonicalJson, parsedValue } from './read-payload.ts';

/**
 * The tools that a list's result, or `gen_ai.tool.definitions`, describes, each with the hash of its definition as it was sent, redacted:
 * two lists that say the same have the same hashes.
 */
export function definitionsOf({ definitions, payloads }: Draft): readonly ToolDefinition[] {
  const result = payloads?.find(({ name }) => name === 'result')?.value;
  const listed = listOf(definitions) ?? listOf(result ?? null) ?? [];
  return listed.slice(0, DEFINITIONS_MAX).flatMap((definition) => {
    const tool =
      definition instanceof Map ? textOf(definition.get('name') ?? null, 256) : undefined;
    if (tool === undefined) return [];
    return [{ tool, hash: hash('sha256', canonicalJson(definition), 'hex') }];
  });
}

const DEFINITIONS_MAX = 128;

function listOf(value: AttributeValue): readonly AttributeValue[] | undefined {
  if (value === null) return undefined;
  const whole = parsedValue(value);
  const tools = whole instanceof Map ? whole.get('tools') : whole;
  return Array.isArray(tools) ? (tools as readonly AttributeValue[]) : undefined;
}

import type { AnyValue, Capture, KeyValue } from './otlp-capture.ts';
import { logsOf, spansOf, textAttribute } from './otlp-capture.ts';

/**
 * What is different in how an emitter speaks: names that came or went, and keys, kinds of value, events and statuses of what kept its
 * name. Ids, times and values are no part of it. Lines begin with `+` or `-`.
 */
export function compareCaptures(before: Capture, after: Capture): readonly string[] {
  const old = shapeOf(before);
  const now = shapeOf(after);
  const names = [...new Set([...old.keys(), ...now.keys()])].toSorted();
  return names.flatMap((name) => {
    const was = old.get(name);
    const is = now.get(name);
    if (!was) return [`+ ${name}`];
    if (!is) return [`- ${name}`];
    const lines = [
      ...[...is].filter((trait) => !was.has(trait)).map((trait) => `+   ${trait}`),
      ...[...was].filter((trait) => !is.has(trait)).map((trait) => `-   ${trait}`),
    ];
    return lines.length === 0 ? [] : [`  ${name}`, ...lines.toSorted()];
  });
}

type Shape = ReadonlyMap<string, ReadonlySet<string>>;

/** By signal, scope and name, everything that is ever said there. */
function shapeOf(capture: Capture): Shape {
  const shape = new Map<string, Set<string>>();
  const traitsOf = (name: string): Set<string> => {
    const traits = shape.get(name) ?? new Set();
    shape.set(name, traits);
    return traits;
  };
  for (const { scope, span } of spansOf(capture)) {
    const traits = traitsOf(`span ${scope} › ${span.name}`);
    traits.add(`kind ${span.kind ?? 0}`);
    traits.add(`status ${span.status?.code ?? 0}`);
    addKeys(traits, '', span.attributes);
    for (const event of span.events ?? [])
      addKeys(traits, `event ${event.name} `, event.attributes);
    for (const link of span.links ?? []) addKeys(traits, 'link ', link.attributes);
  }
  for (const { scope, log } of logsOf(capture)) {
    const name = log.eventName ?? textAttribute(log.attributes, 'event.name') ?? '';
    addKeys(traitsOf(`log ${scope} › ${name}`), '', log.attributes);
  }
  return shape;
}

function addKeys(traits: Set<string>, where: string, attributes: readonly KeyValue[] = []): void {
  if (where !== '') traits.add(where.trim());
  for (const { key, value } of attributes) traits.add(`${where}${key}: ${kindOf(value)}`);
}

function kindOf(value: AnyValue | undefined): string {
  return Object.keys(value ?? {})[0]?.replace('Value', '') ?? 'empty';
}

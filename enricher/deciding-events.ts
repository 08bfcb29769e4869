import { hash } from 'node:crypto';
import type { Span } from '../otlp/span.ts';
import { generalKeys } from './dialects/general-keys.ts';

/**
 * The events of a span that tell what was decided, each as a log record that was written in it: all that is known of those holds of them. They are
 * counted as part of their span.
 */
export function decidingEvents(span: Span): readonly Span[] {
  if (span.events.length === 0) return none;
  const deciding: Span[] = [];
  for (const [place, { name, timeUs, attributes }] of span.events.entries()) {
    if (deciding.length === EVENTS_MAX) break;
    if (!decisionKeys.some((key) => attributes.has(key))) continue;
    deciding.push({
      ...span,
      spanId: hash('sha256', `${span.spanId}/${place}/${name}`, 'hex').slice(0, 16),
      parentSpanId: span.spanId,
      name,
      kind: 'internal',
      startTimeUs: timeUs,
      endTimeUs: timeUs,
      attributes,
      events: [],
      links: [],
      statusCode: 'unset',
      statusMessage: '',
      isLog: true,
    });
  }
  return deciding;
}

const none: readonly Span[] = [];
const EVENTS_MAX = 16;
const decisionKeys: readonly string[] = generalKeys.policyDecision ?? [];

import type { Evidence, Grade } from '../../schemas/record-types.ts';
import { GradeValues } from '../../schemas/record-types.ts';
import type { SpanNode } from '../trace-state.ts';

/** The trace of a span that came from another one; null for the record's own. */
export function foreignTraceOf({ via }: SpanNode): string | null {
  return via === '' ? null : (via.split(',')[0] ?? null);
}

/** A statement read from a span. */
export function evidenceOf(key: string, node: SpanNode): Evidence {
  const { id, producer, trust } = node;
  return { key, spanId: id, traceId: foreignTraceOf(node), producer, trust };
}

/** What follows from the shape of the trace and stands on no span. */
export function ruleEvidence(rule: string): Evidence {
  return { key: `rule:${rule}`, spanId: null, traceId: null, producer: null, trust: 'unknown' };
}

/** How surely an attribute's word is known: a gateway's own producer has checked it, an application only says it. */
export function gradeOf(node: SpanNode): Grade {
  if (node.inferred !== '') return 'inferred';
  return node.trust === 'gateway' ? 'gateway' : 'declared';
}

export function weakest(grades: readonly Grade[]): Grade {
  return grades.reduce((a, b) => (rankOf(a) >= rankOf(b) ? a : b), 'verified');
}

/** 0 for the strongest grade. */
export function rankOf(grade: Grade): number {
  return GradeValues.indexOf(grade);
}

import type { RequestPlan, ResourcePlan, ScopePlan, SpanPlan } from './request-plan.ts';
import * as tags from './tags.ts';
import type { Writer } from './writer.ts';
import {
  closeFixedMessage,
  createWriter,
  openFixedMessage,
  writeBytesField,
  writeRange,
  written,
} from './writer.ts';

/** Some spans of a request that belong to one partition: a `TracesData` of its own. */
export type TracesPart = {
  readonly partition: number;
  /** The trace id in hex when all spans are of one trace. */
  readonly traceId: string | null;
  readonly bytes: Uint8Array;
  readonly spans: number;
};

/** Copies the spans of a plan into parts of at most `messageBytesMax`, each with the resources and scopes that its spans need. */
export function buildParts(
  plan: RequestPlan,
  request: Buffer,
  partitionOf: (traceIdAt: number) => number,
  messageBytesMax: number,
): readonly TracesPart[] {
  const done: TracesPart[] = [];
  const open = new Map<number, OpenPart>();
  for (const resource of plan.resources) {
    for (const scope of resource.scopes) {
      for (const span of scope.spans) {
        const partition = partitionOf(span.traceIdAt);
        let part = open.get(partition) ?? startPart(partition);
        if (part.spans > 0 && sizeWith(part, resource, scope, span) > messageBytesMax) {
          done.push(finished(part, request));
          part = startPart(partition);
        }
        open.set(partition, part);
        addSpan(part, request, { resource, scope, span });
      }
    }
  }
  for (const part of open.values()) done.push(finished(part, request));
  return done;
}

type OpenPart = {
  readonly partition: number;
  readonly writer: Writer;
  resource: ResourcePlan | null;
  resourceBody: number;
  scope: ScopePlan | null;
  scopeBody: number;
  firstTraceIdAt: number;
  isOneTrace: boolean;
  spans: number;
};

function startPart(partition: number): OpenPart {
  return {
    partition,
    writer: createWriter(4096),
    resource: null,
    resourceBody: 0,
    scope: null,
    scopeBody: 0,
    firstTraceIdAt: -1,
    isOneTrace: true,
    spans: 0,
  };
}

/** Tags and lengths of a resource, its URL, a scope, its URL, and a span: at most this many bytes. */
const FRAME_BYTES_MAX = 64;

function sizeWith(
  part: OpenPart,
  resource: ResourcePlan,
  scope: ScopePlan,
  span: SpanPlan,
): number {
  let size = part.writer.at + FRAME_BYTES_MAX;
  if (part.resource !== resource) size += resource.resource.length + resource.schemaUrl.length;
  if (part.scope !== scope) size += scope.scope.length + scope.schemaUrl.length;
  return size + (span.body?.length ?? span.end - span.start);
}

type Placed = {
  readonly resource: ResourcePlan;
  readonly scope: ScopePlan;
  readonly span: SpanPlan;
};

function addSpan(part: OpenPart, request: Buffer, { resource, scope, span }: Placed): void {
  if (part.resource !== resource) openResource(part, resource);
  if (part.scope !== scope) openScope(part, scope);
  if (span.body === null) writeRange(part.writer, request, span.start, span.end);
  else writeBytesField(part.writer, tags.SCOPE_SPANS_SPANS, span.body);
  if (part.spans === 0) part.firstTraceIdAt = span.traceIdAt;
  else if (part.isOneTrace && !isSameTrace(request, part.firstTraceIdAt, span.traceIdAt)) {
    part.isOneTrace = false;
  }
  part.spans += 1;
}

function openResource(part: OpenPart, resource: ResourcePlan): void {
  closeResource(part);
  part.resource = resource;
  part.resourceBody = openFixedMessage(part.writer, tags.REQUEST_RESOURCE_SPANS);
  if (resource.resource.length > 0) {
    writeBytesField(part.writer, tags.RESOURCE_SPANS_RESOURCE, resource.resource);
  }
  if (resource.schemaUrl.length > 0) {
    writeBytesField(part.writer, tags.RESOURCE_SPANS_SCHEMA_URL, resource.schemaUrl);
  }
}

function openScope(part: OpenPart, scope: ScopePlan): void {
  closeScope(part);
  part.scope = scope;
  part.scopeBody = openFixedMessage(part.writer, tags.RESOURCE_SPANS_SCOPE_SPANS);
  if (scope.scope.length > 0) writeBytesField(part.writer, tags.SCOPE_SPANS_SCOPE, scope.scope);
  if (scope.schemaUrl.length > 0) {
    writeBytesField(part.writer, tags.SCOPE_SPANS_SCHEMA_URL, scope.schemaUrl);
  }
}

function closeScope(part: OpenPart): void {
  if (part.scope !== null) closeFixedMessage(part.writer, part.scopeBody);
  part.scope = null;
}

function closeResource(part: OpenPart): void {
  closeScope(part);
  if (part.resource !== null) closeFixedMessage(part.writer, part.resourceBody);
  part.resource = null;
}

function finished(part: OpenPart, request: Buffer): TracesPart {
  closeResource(part);
  const { partition, spans, firstTraceIdAt } = part;
  const traceId = part.isOneTrace
    ? request.toString('hex', firstTraceIdAt, firstTraceIdAt + tags.TRACE_ID_BYTES)
    : null;
  return { partition, traceId, bytes: written(part.writer), spans };
}

/** Whether the trace ids at two places of the request are the same. */
export function isSameTrace(request: Buffer, one: number, other: number): boolean {
  for (let index = 0; index < tags.TRACE_ID_BYTES; index += 1) {
    if (request[one + index] !== request[other + index]) return false;
  }
  return true;
}

import type { ItemPlan, RequestPlan, ResourcePlan, ScopePlan } from './request-plan.ts';
import type { ItemKey } from './rewrite-message.ts';
import { NO_TRACE } from './rewrite-message.ts';
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

/** Some spans or log records of a request that belong to one partition: a `TracesData` or `LogsData` of its own. */
export type Part = {
  readonly partition: number;
  /** The trace id in hex, or the session of log records that have none, when all items share it; else null. */
  readonly key: string | null;
  readonly bytes: Uint8Array;
  /** How many spans or log records it holds. */
  readonly items: number;
  /** The version of the redaction policy it was made by: set by who chose the redactor. */
  readonly policy?: string;
};

/** Copies the items of a plan into parts of at most `messageBytesMax`, each with the resources and scopes that its items need. */
export function buildParts(
  plan: RequestPlan,
  request: Buffer,
  partitionOf: (key: ItemKey) => number,
  messageBytesMax: number,
): readonly Part[] {
  const done: Part[] = [];
  const open = new Map<number, OpenPart>();
  for (const resource of plan.resources) {
    for (const scope of resource.scopes) {
      for (const item of scope.items) {
        const partition = partitionOf(item.key);
        let part = open.get(partition) ?? startPart(partition);
        if (part.items > 0 && sizeWith(part, resource, scope, item) > messageBytesMax) {
          done.push(finished(part, request));
          part = startPart(partition);
        }
        open.set(partition, part);
        addItem(part, request, { resource, scope, item });
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
  firstKey: ItemKey | null;
  isOneKey: boolean;
  items: number;
};

function startPart(partition: number): OpenPart {
  return {
    partition,
    writer: createWriter(4096),
    resource: null,
    resourceBody: 0,
    scope: null,
    scopeBody: 0,
    firstKey: null,
    isOneKey: true,
    items: 0,
  };
}

/** Tags and lengths of a resource, its URL, a scope, its URL, and an item: at most this many bytes. */
const FRAME_BYTES_MAX = 64;

function sizeWith(
  part: OpenPart,
  resource: ResourcePlan,
  scope: ScopePlan,
  item: ItemPlan,
): number {
  let size = part.writer.at + FRAME_BYTES_MAX;
  if (part.resource !== resource) size += resource.resource.length + resource.schemaUrl.length;
  if (part.scope !== scope) size += scope.scope.length + scope.schemaUrl.length;
  return size + (item.body?.length ?? item.end - item.start);
}

type Placed = {
  readonly resource: ResourcePlan;
  readonly scope: ScopePlan;
  readonly item: ItemPlan;
};

function addItem(part: OpenPart, request: Buffer, { resource, scope, item }: Placed): void {
  if (part.resource !== resource) openResource(part, resource);
  if (part.scope !== scope) openScope(part, scope);
  if (item.body === null) writeRange(part.writer, request, item.start, item.end);
  else writeBytesField(part.writer, tags.SCOPES_ITEMS, item.body);
  if (part.firstKey === null) part.firstKey = item.key;
  else if (part.isOneKey && !isSameKey(request, part.firstKey, item.key)) part.isOneKey = false;
  part.items += 1;
}

function openResource(part: OpenPart, resource: ResourcePlan): void {
  closeResource(part);
  part.resource = resource;
  part.resourceBody = openFixedMessage(part.writer, tags.REQUEST_RESOURCES);
  if (resource.resource.length > 0) {
    writeBytesField(part.writer, tags.RESOURCES_RESOURCE, resource.resource);
  }
  if (resource.schemaUrl.length > 0) {
    writeBytesField(part.writer, tags.RESOURCES_SCHEMA_URL, resource.schemaUrl);
  }
}

function openScope(part: OpenPart, scope: ScopePlan): void {
  closeScope(part);
  part.scope = scope;
  part.scopeBody = openFixedMessage(part.writer, tags.RESOURCES_SCOPES);
  if (scope.scope.length > 0) writeBytesField(part.writer, tags.SCOPES_SCOPE, scope.scope);
  if (scope.schemaUrl.length > 0) {
    writeBytesField(part.writer, tags.SCOPES_SCHEMA_URL, scope.schemaUrl);
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

function finished(part: OpenPart, request: Buffer): Part {
  closeResource(part);
  const { partition, items, firstKey, isOneKey } = part;
  const key = isOneKey && firstKey !== null ? keyText(request, firstKey) : null;
  return { partition, key, bytes: written(part.writer), items };
}

/** A key as a message carries it; null for a log record of neither trace nor session. */
export function keyText(request: Buffer, { traceIdAt, apart }: ItemKey): string | null {
  if (traceIdAt === NO_TRACE) return apart === '' ? null : apart;
  return request.toString('hex', traceIdAt, traceIdAt + tags.TRACE_ID_BYTES);
}

export function isSameKey(request: Buffer, one: ItemKey, other: ItemKey): boolean {
  if (one.traceIdAt === NO_TRACE || other.traceIdAt === NO_TRACE) {
    return one.traceIdAt === other.traceIdAt && one.apart === other.apart;
  }
  for (let index = 0; index < tags.TRACE_ID_BYTES; index += 1) {
    if (request[one.traceIdAt + index] !== request[other.traceIdAt + index]) return false;
  }
  return true;
}

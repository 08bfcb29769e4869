import { writeEdited } from './edits.ts';
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
  writeVarint,
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
  const done: PlannedPart[] = [];
  const open = new Map<number, PlannedPart>();
  for (const resource of plan.resources) {
    for (const scope of resource.scopes) {
      for (const item of scope.items) {
        const placed = { resource, scope, item };
        const partition = partitionOf(item.key);
        let part = open.get(partition);
        if (!part || part.sizeMax + sizeMaxIn(part, placed) > messageBytesMax) {
          part = { partition, placed: [], sizeMax: 0 };
          open.set(partition, part);
          done.push(part);
        }
        part.sizeMax += sizeMaxIn(part, placed);
        part.placed.push(placed);
      }
    }
  }
  return done.map((part) => writtenPart(part, request));
}

/** What goes into a part, before any of it is copied. */
type PlannedPart = {
  readonly partition: number;
  readonly placed: Placed[];
  /** At most as many bytes. */
  sizeMax: number;
};

type Placed = {
  readonly resource: ResourcePlan;
  readonly scope: ScopePlan;
  readonly item: ItemPlan;
};

/** Tags and lengths of a resource, its URL, a scope and its URL: at most this many bytes; and of an item. */
const FRAME_BYTES_MAX = 64;
const ITEM_FRAME_BYTES_MAX = 16;

function sizeMaxIn({ placed }: PlannedPart, { resource, scope, item }: Placed): number {
  const before = placed.at(-1);
  let size = bodySize(item) + ITEM_FRAME_BYTES_MAX;
  if (before?.scope !== scope)
    size += FRAME_BYTES_MAX + scope.scope.length + scope.schemaUrl.length;
  if (before?.resource !== resource) size += resource.resource.length + resource.schemaUrl.length;
  return size;
}

function bodySize({ bodyStart, end, edits }: ItemPlan): number {
  return end - bodyStart + (edits?.delta ?? 0);
}

function writtenPart({ partition, placed, sizeMax }: PlannedPart, request: Buffer): Part {
  const writer = createWriter(sizeMax);
  const frame: Frame = { writer, resource: null, resourceBody: 0, scope: null, scopeBody: 0 };
  for (const { resource, scope, item } of placed) {
    if (frame.resource !== resource) openResource(frame, resource);
    if (frame.scope !== scope) openScope(frame, scope);
    writeItem(writer, request, item);
  }
  closeResource(frame);
  const key = commonKey(placed, request);
  return { partition, key, bytes: written(writer), items: placed.length };
}

function writeItem(writer: Writer, request: Buffer, item: ItemPlan): void {
  const { start, bodyStart, end, edits } = item;
  if (edits === null) return writeRange(writer, request, start, end);
  writeVarint(writer, tags.SCOPES_ITEMS);
  writeVarint(writer, bodySize(item));
  writeEdited(writer, edits, request, { start: bodyStart, end });
}

function commonKey(placed: readonly Placed[], request: Buffer): string | null {
  const first = placed[0]?.item.key;
  if (!first) return null;
  for (const { item } of placed) {
    if (item.key !== first && !isSameKey(request, first, item.key)) return null;
  }
  return keyText(request, first);
}

/** The resource and scope that are being written. */
type Frame = {
  readonly writer: Writer;
  resource: ResourcePlan | null;
  resourceBody: number;
  scope: ScopePlan | null;
  scopeBody: number;
};

function openResource(frame: Frame, resource: ResourcePlan): void {
  closeResource(frame);
  frame.resource = resource;
  frame.resourceBody = openFixedMessage(frame.writer, tags.REQUEST_RESOURCES);
  if (resource.resource.length > 0) {
    writeBytesField(frame.writer, tags.RESOURCES_RESOURCE, resource.resource);
  }
  if (resource.schemaUrl.length > 0) {
    writeBytesField(frame.writer, tags.RESOURCES_SCHEMA_URL, resource.schemaUrl);
  }
}

function openScope(frame: Frame, scope: ScopePlan): void {
  closeScope(frame);
  frame.scope = scope;
  frame.scopeBody = openFixedMessage(frame.writer, tags.RESOURCES_SCOPES);
  if (scope.scope.length > 0) writeBytesField(frame.writer, tags.SCOPES_SCOPE, scope.scope);
  if (scope.schemaUrl.length > 0) {
    writeBytesField(frame.writer, tags.SCOPES_SCHEMA_URL, scope.schemaUrl);
  }
}

function closeScope(frame: Frame): void {
  if (frame.scope !== null) closeFixedMessage(frame.writer, frame.scopeBody);
  frame.scope = null;
}

function closeResource(frame: Frame): void {
  closeScope(frame);
  if (frame.resource !== null) closeFixedMessage(frame.writer, frame.resourceBody);
  frame.resource = null;
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

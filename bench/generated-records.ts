import { createHash } from 'node:crypto';
import type {
  AuditRecord,
  Charge,
  Evidence,
  Facts,
  Hop,
  Link,
  PayloadField,
} from '../schemas/record-types.ts';
import { makeFacts } from './generated-facts.ts';
import type { Random } from './seeded.ts';
import { digest, hex, mulberry32, principal } from './seeded.ts';

export type RecordPlan = {
  readonly count: number;
  readonly seed: number;
  /** Append time of the first record, microseconds. */
  readonly startUs: number;
  /** Between two records. */
  readonly stepUs: number;
  readonly tenants: readonly string[];
  /** One record in so many is revised soon after; half of the revisions name another user. 0 for none. */
  readonly revisedOneIn: number;
  /** Characters of arguments and of the result. */
  readonly payloadChars: number;
};

/**
 * Records as an enricher would make them of real traffic: 5,000 users (Zipf), 200 agents, 300 servers, 3,000 tools, a client and
 * a server hop each, every record another trace. The same plan gives the same records.
 */
export function generateRecords(plan: RecordPlan): readonly AuditRecord[] {
  const random = mulberry32(plan.seed);
  const waiting: { readonly due: number; readonly record: AuditRecord }[] = [];
  const records: AuditRecord[] = [];
  for (let made = 0; records.length < plan.count; made += 1) {
    const record = firstRecord(plan, made, random);
    records.push(record);
    if (plan.revisedOneIn > 0 && made % plan.revisedOneIn === 0) {
      waiting.push({
        due: made + 40,
        record: revise(record, made % (2 * plan.revisedOneIn) === 0),
      });
    }
    while (waiting[0] && waiting[0].due <= made) records.push(waiting.shift()?.record ?? record);
  }
  return records.slice(0, plan.count);
}

/** A later revision of a record; with another user where asked. */
export function revise(earlier: AuditRecord, otherUser: boolean): AuditRecord {
  const user = otherUser ? principal(`late-${earlier.callId}`) : earlier.facts.user;
  const appendTimeUs = earlier.facts.appendTimeUs + 80_000;
  const facts: Facts = { ...earlier.facts, user, userGrade: 'declared', appendTimeUs };
  const revision = earlier.revision + 1;
  const { recordId } = earlier;
  return {
    ...earlier,
    recordId: `${earlier.callId}.${revision}`,
    revision,
    change: 'ancestor_arrived',
    facts,
    supersedes: { recordId, facts: earlier.facts, charges: earlier.charges },
    inputOffset: earlier.inputOffset + 40,
  };
}

function firstRecord(plan: RecordPlan, index: number, random: Random): AuditRecord {
  const tenant = plan.tenants[index % plan.tenants.length] ?? 'default';
  const facts = makeFacts(plan, index, random);
  // As the enricher makes it: append time, then bytes of its own.
  const appendMs = Math.floor(facts.appendTimeUs / 1000);
  const own = digest(`call-${plan.seed}-${index}`).slice(0, 20);
  const callId = appendMs.toString(16).padStart(12, '0') + own;
  return {
    recordId: `${callId}.0`,
    kind: 'call',
    tenant,
    callId,
    revision: 0,
    change: 'first',
    facts,
    outcomeEvidence: [evidence('span.status', facts.spanId)],
    originEvidence: [evidence('gen_ai.operation.name', facts.spanId)],
    chain: makeChain(facts),
    identities: [
      {
        key: 'user.id',
        principal: facts.user ?? '',
        subject: 'person',
        spanId: facts.spanId,
        producer: 'agents',
        trust: 'application',
        chosen: true,
      },
    ],
    hops: [makeHop(facts, 'client', facts.spanId), makeHop(facts, 'server', hex(random, 16))],
    charges: [makeCharge(facts)],
    receipts: index % 8 === 0 ? [receipt] : [],
    findings: [],
    decisions: [],
    definitions: [],
    payload: [
      makePayload('arguments', plan.payloadChars, random),
      makePayload('result', plan.payloadChars, random),
    ],
    supersedes: null,
    mergedInto: null,
    splitFrom: null,
    inputPartition: 0,
    inputOffset: index,
  };
}

function makeChain(facts: Facts): readonly Link[] {
  const link = (kind: Link['kind'], id: string | null, key: string): Link => ({
    kind,
    id,
    name: null,
    version: null,
    grade: 'declared',
    inherited: kind === 'user' || kind === 'agent',
    evidence: [evidence(key, facts.spanId)],
  });
  return [
    link('user', facts.user, 'user.id'),
    link('agent', facts.agent, 'gen_ai.agent.name'),
    link('client', facts.client, 'service.name'),
    link('server', facts.server, 'mcp.server.name'),
    link('tool', facts.tool, 'gen_ai.tool.name'),
  ];
}

const receipt: AuditRecord['receipts'][number] = {
  rule: 'card',
  path: 'arguments',
  count: 1,
  action: 'truncate',
  dataClass: 'card',
  keyVersion: null,
  tokens: [],
};

function makeHop(facts: Facts, role: Hop['role'], spanId: string): Hop {
  return {
    role,
    traceId: facts.traceId,
    spanId,
    parentSpanId: role === 'client' ? null : facts.spanId,
    producer: role === 'client' ? 'agents' : 'servers',
    dialect: 'standard',
    service: role === 'client' ? facts.agent : facts.server,
    scope: 'mcp',
    name: `tools/call ${facts.tool}`,
    tool: facts.tool,
    server: facts.server,
    startTimeUs: facts.startTimeUs,
    endTimeUs: facts.endTimeUs,
    status: facts.outcome === 'success' ? 'unset' : 'error',
    errorType: facts.errorType,
  };
}

function makeCharge(facts: Facts): Charge {
  return {
    meter: 'tool_call',
    quantity: 1,
    unit: 'Requests',
    sku: facts.tool,
    priceId: 'default/2026-01-01',
    currency: 'USD',
    amountNano: facts.costNano,
    source: 'computed',
  };
}

const WORDS = (
  'the account balance order ticket search result customer region invoice status open closed path file report ' +
  'query select from where limit value total name id created updated error message user team project'
).split(' ');

function makePayload(name: string, chars: number, random: Random): PayloadField {
  const words: string[] = [];
  for (let length = 0; length < chars - 30;) {
    const word =
      random() < 0.15 ? hex(random, 8) : (WORDS[Math.floor(random() * WORDS.length)] ?? '');
    words.push(word);
    length += word.length + 1;
  }
  const value = Buffer.from(JSON.stringify({ [name]: words.join(' ') }));
  return {
    name,
    mediaType: 'application/json',
    value,
    encoding: 'identity',
    keyId: null,
    bytes: value.length,
    digest: createHash('sha256').update(value).digest('hex'),
    truncated: false,
  };
}

function evidence(key: string, spanId: string): Evidence {
  return { key, spanId, traceId: null, producer: 'agents', trust: 'application' };
}

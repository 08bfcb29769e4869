import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { isPrincipalId } from '../../redaction/principal.ts';
import { principalIdsOf } from '../../registry/key-ring.ts';
import { eventMessage } from '../../registry/event-message.ts';
import type { RegistryEventType } from '../../schemas/record-types.ts';
import { objectSchema, text } from '../answer-schema.ts';
import type { Answer, Input, QueryApi, Reader, Route } from '../api.ts';
import { CONTROL_LOG_ID } from '../erasure-evidence.ts';
import { QueryApiError } from '../errors.ts';
import { querystringSchema } from '../filter-schema.ts';
import { schemaMistakes } from '../schema-mistakes.ts';
import { tenantStatement } from '../queries/statement.ts';
import { redactAsked } from '../trail/redact-asked.ts';

/** Something that is asked to be done: an event of the registry's topic, which the ledger seals and acts upon. */
export type ControlRoute = {
  readonly path: string;
  readonly summary: string;
  readonly body: object;
  /** What the event says. */
  readonly event: (
    api: QueryApi,
    reader: Reader,
    body: Readonly<Record<string, string>>,
  ) => { readonly type: RegistryEventType; readonly body: Readonly<Record<string, unknown>> };
};

const bounded = (lengthMax: number, description: string) => ({
  type: 'string',
  minLength: 1,
  maxLength: lengthMax,
  description,
});
const subject = bounded(512, 'the person, by name as emitters send it, or by principal id');
const matter = bounded(128, 'what the hold is for, e.g. a case number');

/** Erasures and holds. A person's name is turned into principal ids here, and goes no further. */
export const controlRoutes: readonly ControlRoute[] = [
  {
    path: '/v1/erasures',
    summary: 'Ask for the erasure of a person’s payloads and name',
    body: objectSchema({ subject, legalBasis: bounded(512, 'e.g. GDPR Art. 17(1)(b)') }),
    event: (api, reader, { subject: asked = '', legalBasis = '' }) => ({
      type: 'erasure_requested',
      body: {
        requestId: randomUUID(),
        principals: principalsOf(api, reader, asked),
        legalBasis: impersonal(api, reader, { legalBasis }),
      },
    }),
  },
  {
    path: '/v1/holds',
    summary: 'Hold a person’s data, or all of the tenant’s where nobody is named',
    body: { ...objectSchema({ matter, subject }), required: ['matter'] },
    event: (api, reader, { matter: held = '', subject: asked }) => ({
      type: 'hold_placed',
      body: {
        matter: impersonal(api, reader, { matter: held }),
        principals: asked === undefined ? [] : principalsOf(api, reader, asked),
      },
    }),
  },
  {
    path: '/v1/holds/release',
    summary: 'Release a hold',
    body: objectSchema({ matter }),
    event: (_api, _reader, { matter: held = '' }) => ({
      type: 'hold_released',
      body: { matter: held },
    }),
  },
];

export type ControlParts = {
  readonly routes: readonly ControlRoute[];
  /** Throws where who asks may not. */
  readonly readerOf: (request: FastifyRequest) => Reader;
  readonly errorAnswers: Readonly<Record<number, object>>;
};

/** Above the longest document that a route takes; each bounds its own texts. */
const BODY_BYTES_MAX = 256 * 1024;

/** Registers what may be asked for by who has the permission; the answer comes when the request is durable. */
export function registerControls(
  app: FastifyInstance,
  api: QueryApi,
  { routes, readerOf, errorAnswers }: ControlParts,
): void {
  for (const route of routes) {
    app.post<{ Body: Readonly<Record<string, string>> }>(
      route.path,
      {
        bodyLimit: BODY_BYTES_MAX,
        attachValidation: true,
        schema: {
          summary: route.summary,
          security: [{ readerKey: [] }],
          // A misspelt `subject` must not pass for a hold on everybody.
          body: { ...route.body, additionalProperties: false },
          response: {
            202: objectSchema({ eventId: text, type: text, requestId: text }),
            ...errorAnswers,
          },
        },
      },
      async (request, reply) => {
        const reader = readerOf(request);
        const mistakes = schemaMistakes(request.validationError?.validation ?? []);
        if (mistakes.length > 0) {
          throw new QueryApiError('PARAMETERS_INVALID', `${mistakes.join('; ')}.`);
        }
        const { type, body } = route.event(api, reader, request.body);
        const eventId = randomUUID();
        const { tenant, keyId: actor } = reader;
        const timeUs = api.nowMs() * 1000;
        const event = { eventId, tenant, type, timeUs, actor, digest: null };
        // Commit point: the request is durable; if we die on the next line, it is carried out and not answered.
        await api.log
          .append([eventMessage({ ...event, body: JSON.stringify(body) })])
          .catch(unrecorded);
        const requestId = body['requestId'] ?? body['runId'] ?? eventId;
        return reply.status(202).send({ eventId, type, requestId });
      },
    );
  }
}

function unrecorded(cause: unknown): never {
  throw new QueryApiError('TRAIL_UNAVAILABLE', 'The request could not be recorded.', cause);
}

function principalsOf({ keys }: QueryApi, { tenant }: Reader, asked: string): readonly string[] {
  return isPrincipalId(asked) ? [asked] : principalIdsOf(keys, tenant, asked);
}

/** A text that is sealed for good: it is refused where redaction would change it, and not repeated in the refusal. What it says can be said without. */
function impersonal(
  { policies }: QueryApi,
  { tenant }: Reader,
  told: Readonly<Record<string, string>>,
): string {
  const [[name, said] = ['', '']] = Object.entries(told);
  if (redactAsked(policies, tenant, told)[name] === said) return said;
  const detail = `${name} holds what the policy of redaction replaces: it would be sealed for good. Say it without, e.g. by a case number.`;
  throw new QueryApiError('PARAMETERS_INVALID', detail);
}

/** What became of a request: the leaves that tell of it, in order. */
export function erasureRoute(): Route {
  const leaf = objectSchema({
    type: text,
    logId: text,
    leafIndex: { type: 'integer' },
    leafHash: text,
    leaf: { type: 'string', description: 'the sealed bytes: canonical JSON in UTF-8' },
  });
  return {
    path: '/v1/erasures/:requestId',
    permission: 'erasures',
    summary: 'The receipt of an erasure: what was asked, told, refused or done',
    schema: {
      params: objectSchema({ requestId: { type: 'string', pattern: '^[0-9a-f-]{36}$' } }),
      querystring: querystringSchema({}),
      answer: objectSchema({
        requestId: text,
        state: { type: 'string', enum: ['requested', 'under_way', 'refused', 'done'] },
        leaves: { type: 'array', items: leaf },
      }),
    },
    mistakes: () => [],
    answer: answerErasure,
  };
}

type ReceiptRow = {
  readonly logId: string;
  readonly leafIndex: number;
  readonly leafHash: string;
  readonly leaf: string;
};

async function answerErasure(api: QueryApi, reader: Reader, input: Input): Promise<Answer> {
  const requestId = String(input.params['requestId']);
  const found = await api.store.query<ReceiptRow>(
    tenantStatement({
      tenant: reader.tenant,
      select: 'log_id AS logId, leaf_index AS leafIndex, lower(hex(leaf_hash)) AS leafHash, leaf',
      table: 'leaves',
      where: [
        { sql: 'log_id = {log:String}', params: { log: CONTROL_LOG_ID } },
        { sql: 'position(leaf, {requestId:String}) > 0', params: { requestId } },
      ],
      rest: { sql: 'ORDER BY leaf_index LIMIT 1000', params: {} },
    }),
  );
  const leaves = found.flatMap((row) => {
    const type = typeOf(row.leaf, requestId);
    return type === undefined ? [] : [{ ...row, type }];
  });
  if (leaves.length === 0) throw new QueryApiError('NOT_FOUND', 'There is no such request yet.');
  const types = new Set(leaves.map(({ type }) => type));
  return {
    body: { requestId, state: stateOf(types), leaves },
    rows: leaves.length,
    asked: { requestId },
  };
}

function stateOf(types: ReadonlySet<string>): string {
  if (types.has('redaction_done')) return 'done';
  if (types.has('erasure_refused')) return 'refused';
  return types.has('redaction') ? 'under_way' : 'requested';
}

const leafSchema = z.object({
  event: z.object({ type: z.string(), eventId: z.string(), body: z.string().optional() }),
});
const bodySchema = z.object({ requestId: z.string() });

/** The type of a leaf's event where that is of this request: another one may quote its id, as a legal basis does. */
function typeOf(leaf: string, requestId: string): string | undefined {
  const told = leafSchema.safeParse(JSON.parse(leaf));
  if (!told.success) return undefined;
  const { type, eventId, body } = told.data.event;
  if (eventId.startsWith(`${requestId}/`)) return type;
  const said = body === undefined ? undefined : bodySchema.safeParse(JSON.parse(body));
  return said?.data?.requestId === requestId ? type : undefined;
}

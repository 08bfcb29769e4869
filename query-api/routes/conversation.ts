import { readLeaf } from '../../schemas/leaf-record.ts';
import {
  asOfAnswer,
  namesAnswer,
  objectSchema,
  schemaOf,
  summarySchema,
  text,
  textOrNull,
} from '../answer-schema.ts';
import type { Answer, Input, QueryApi, Reader, Route } from '../api.ts';
import { asOfToken, namesOf, positionOf, rangeMistakes, timeRangeOf } from '../ask.ts';
import type { QueryApiLimits } from '../config.ts';
import type { StoryStep } from '../conversation-story.ts';
import { storyOf } from '../conversation-story.ts';
import { QueryApiError } from '../errors.ts';
import { asOfProperty, querystringSchema, timeProperties } from '../filter-schema.ts';
import { summaryOfLeaf } from '../present-record.ts';
import { principalsIn } from '../principals-in.ts';
import { readLeaves } from '../queries/leaves.ts';
import { readRecords } from '../queries/records.ts';

/** One conversation as the ordered story of what the model was asked, what was decided, what was called, and what came of it. */
export function conversationRoute(limits: QueryApiLimits): Route {
  return {
    path: '/v1/conversations/:conversationId',
    permission: 'records',
    summary: `A conversation as its story, the latest ${limits.traceRecordsMax} steps`,
    schema: {
      params: objectSchema({ conversationId: { type: 'string', minLength: 1, maxLength: 512 } }),
      querystring: querystringSchema({ ...timeProperties, ...asOfProperty }),
      answer: objectSchema({
        asOf: asOfAnswer,
        conversation: text,
        truncated: { type: 'boolean', description: 'true when there are earlier steps' },
        steps: { type: 'array', items: stepSchema },
        names: namesAnswer,
      }),
    },
    mistakes: (api, { query }) => rangeMistakes(api, query),
    answer: answerConversation,
  };
}

const callIdOrNull = (means: string) => ({ ...textOrNull, description: means });

const stepSchema = objectSchema({
  record: summarySchema,
  promptDigest: callIdOrNull('SHA-256 of the model input as captured; null where none was'),
  toolCallId: callIdOrNull('the id that the model gave to the tool call'),
  askedBy: callIdOrNull('call id of the model call that asked for it, where the spans show it'),
  usedBy: callIdOrNull('call id of the first model call that was given its result'),
  decisions: {
    type: 'array',
    items: objectSchema({
      kind: schemaOf('DecisionKind'),
      verdict: schemaOf('Verdict'),
      rule: textOrNull,
      by: textOrNull,
    }),
  },
});

async function answerConversation(api: QueryApi, reader: Reader, input: Input): Promise<Answer> {
  const conversation = String(input.params['conversationId']);
  const { tenant } = reader;
  const position = await positionOf(api, reader, input.query);
  const given = [{ parameter: 'conversation', values: [conversation] }];
  const asked = { tenant, range: timeRangeOf(api, input.query), given, position };
  const page = await readRecords(api.store, asked, api.limits.traceRecordsMax);
  if (page.rows.length === 0) {
    throw new QueryApiError(
      'NOT_FOUND',
      'There is no record of this conversation in the time asked for.',
    );
  }
  const places = page.rows.map((row) => ({ logId: row.logId, leafIndex: row.leafIndex }));
  const leaves = await readLeaves(api.store, { tenant, places });
  const records = leaves.flatMap(({ leaf }) => readLeaf(leaf).record ?? []);
  return {
    body: {
      asOf: asOfToken(api, reader, position),
      conversation,
      truncated: page.next !== undefined,
      steps: storyOf(records).map(presentStep),
      names: namesOf(api, reader, records.flatMap(principalsIn)),
    },
    rows: records.length,
    asked: { conversation },
  };
}

function presentStep({ record, askedBy, usedBy }: StoryStep) {
  const { promptDigest, toolCallId } = record.facts;
  const decisions = record.decisions.map(({ kind, verdict, rule, by }) => ({
    kind,
    verdict,
    rule,
    by,
  }));
  return { record: summaryOfLeaf(record), promptDigest, toolCallId, askedBy, usedBy, decisions };
}

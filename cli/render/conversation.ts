import type { ConversationAnswer, StoryStepAnswer } from '../answers.ts';
import { duration } from './figures.ts';
import type { Paint } from './paint.ts';
import { paintFor, printable } from './paint.ts';
import { outcomePaint, outcomeSign, outcomeText } from './outcome.ts';

/**
 * A conversation as its story, one line a step, numbered: a tool call names the step that asked for it and the one that was given its result.
 * Takes the answer of `/v1/conversations/{id}`; pure.
 */
export function renderConversation(
  { conversation, steps, truncated, names }: ConversationAnswer,
  options: { readonly colour: boolean },
): string {
  const paint = paintFor(options.colour);
  const numbers = new Map(steps.map(({ record }, at) => [record.callId, at + 1]));
  const users = new Set(steps.map(({ record }) => userOf(record['user'], names)));
  const head = `${paint.bold('conversation')} ${printable(conversation)}  ${paint.dim([...users].join(', '))}`;
  const more = truncated ? [paint.yellow('… earlier steps are not shown')] : [];
  const lines = steps.flatMap((step, at) => stepLines(step, at + 1, { numbers, paint }));
  return [head, ...more, ...lines].join('\n');
}

type Context = { readonly numbers: ReadonlyMap<string, number>; readonly paint: Paint };

function stepLines(
  step: StoryStepAnswer,
  number: number,
  { numbers, paint }: Context,
): readonly string[] {
  const { record, promptDigest, askedBy, usedBy } = step;
  const isCall = record.kind === 'call';
  const what = isCall
    ? `${outcomeSign(record['outcome'])} ${named(record['server'])} › ${named(record['tool'] ?? record['method'])}`
    : `· model ${named(record['model'])}`;
  const links = [
    ...(promptDigest === null ? [] : [`prompt ${promptDigest.slice(0, 12)}`]),
    ...(askedBy === null ? [] : [`asked by ${numbers.get(askedBy) ?? askedBy}`]),
    ...(usedBy === null ? [] : [`result used by ${numbers.get(usedBy) ?? usedBy}`]),
  ];
  const outcome = outcomePaint(record['outcome'], paint)(outcomeText(record));
  const tail = paint.dim([duration(record['durationUs']), ...links].join('  '));
  const decisions = step.decisions.map(
    ({ kind, verdict, rule }) =>
      `      ${paint.dim('decided:')} ${kind} ${verdict}${rule === null ? '' : ` by ${printable(rule)}`}`,
  );
  return [`${String(number).padStart(4)}  ${what}  ${outcome}  ${tail}`, ...decisions];
}

function named(value: unknown): string {
  return typeof value === 'string' && value !== '' ? printable(value) : '?';
}

function userOf(user: unknown, names: Readonly<Record<string, string>>): string {
  return typeof user === 'string' ? printable(names[user] ?? user) : 'user cannot be told';
}

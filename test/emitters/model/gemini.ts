import { list, member, string, texts } from './json.ts';
import type { Said } from './plan.ts';
import { conversationOf, nextTurn, tokensOf } from './plan.ts';

/** Gemini's generateContent: one answer, which its stream sends as its only event. */
export function geminiContent(body: unknown, model: string, id: string): object {
  const said = list(member(body, 'contents')).flatMap(contentParts);
  const tools = list(member(body, 'tools')).flatMap((tool) =>
    list(member(tool, 'functionDeclarations')).map((one) => string(member(one, 'name'))),
  );
  const conversation = conversationOf(said, tools, model);
  const turn = nextTurn(conversation);
  const { input, output } = tokensOf(conversation);
  const part =
    turn.kind === 'text'
      ? { text: turn.text }
      : { functionCall: { id: `call_${id}`, name: turn.tool, args: turn.arguments } };
  return {
    candidates: [{ index: 0, content: { role: 'model', parts: [part] }, finishReason: 'STOP' }],
    usageMetadata: {
      promptTokenCount: input,
      candidatesTokenCount: output,
      totalTokenCount: input + output,
    },
    modelVersion: model,
    responseId: `resp_${id}`,
  };
}

function contentParts(content: unknown): readonly Said[] {
  if (member(content, 'role') !== 'user') {
    const answered = list(member(content, 'parts')).some((part) =>
      member(part, 'functionResponse'),
    );
    return [answered ? { by: 'tool' } : { by: 'other' }];
  }
  return list(member(content, 'parts')).map((part): Said =>
    member(part, 'functionResponse') === undefined
      ? { by: 'user', text: texts([part]) }
      : { by: 'tool' },
  );
}

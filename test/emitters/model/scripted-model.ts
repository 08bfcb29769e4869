import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { listenOnLoopback } from '../listen-on-loopback.ts';
import { anthropicMessage } from './anthropic.ts';
import { geminiContent } from './gemini.ts';
import { member } from './json.ts';
import { chatCompletion, response } from './openai.ts';

export type ScriptedModel = {
  readonly url: string;
  /** Paths that were asked for and are not served. */
  readonly problems: readonly string[];
  readonly close: () => Promise<void>;
};

/** A model on loopback that speaks OpenAI's, Anthropic's and Gemini's protocols and does what `plan.ts` says. Ids count up. */
export async function startScriptedModel(): Promise<ScriptedModel> {
  const problems: string[] = [];
  let count = 0;
  const answer = async (request: IncomingMessage, reply: ServerResponse): Promise<void> => {
    const body = await readJson(request);
    const path = (request.url ?? '').split('?')[0] ?? '';
    count += 1;
    const answered = answerTo(path, body, String(count).padStart(4, '0'));
    if (answered === undefined) problems.push(`${request.method} ${path}`);
    send(reply, path, answered);
  };
  const server = createServer((request, reply) => {
    answer(request, reply).catch((error: unknown) => {
      problems.push(`${request.url}: ${String(error)}`);
      reply.destroy();
    });
  });
  return { ...(await listenOnLoopback(server)), problems };
}

function answerTo(path: string, body: unknown, id: string): object | readonly object[] | undefined {
  if (path.endsWith('/chat/completions')) return chatCompletion(body, id);
  if (path.endsWith('/responses')) return response(body, id);
  if (path.endsWith('/messages')) return anthropicMessage(body, id);
  if (path.endsWith('/messages/count_tokens')) return { input_tokens: 100 };
  const gemini = /\/models\/([^/:]+):(stream)?[gG]enerateContent$/.exec(path);
  if (gemini?.[2]) return [geminiContent(body, gemini[1] ?? '', id)];
  if (gemini) return geminiContent(body, gemini[1] ?? '', id);
  if (/\/models\/[^/:]+:countTokens$/.test(path)) return { totalTokens: 100 };
  return undefined;
}

/** A list is sent as server-sent events, each under its type where it has one. */
function send(reply: ServerResponse, path: string, answer: object | readonly object[] | undefined) {
  if (!Array.isArray(answer)) {
    reply.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
    reply.end(JSON.stringify(answer ?? { error: { message: 'not served' } }));
    return;
  }
  reply.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const event of answer as readonly object[]) {
    const type = member(event, 'type');
    if (typeof type === 'string') reply.write(`event: ${type}\n`);
    reply.write(`data: ${JSON.stringify(event)}\n\n`);
  }
  reply.end(path.endsWith('/chat/completions') ? 'data: [DONE]\n\n' : '');
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    return {};
  }
}

import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import type { Client } from './clients.ts';
import { clientOf } from './clients.ts';

export type Answer = { readonly status: number; readonly body: object };

export type Asked<Action extends string, C extends Client> = {
  readonly action: Action;
  readonly client: C;
  /** Reads its body by the schema: an answer of 413 or 400 where it is none of it. */
  read<T>(schema: z.ZodType<T>): Promise<{ readonly body: T } | { readonly refused: Answer }>;
};

export type Offered<Action extends string, C extends Client> = {
  /** What can be asked for, by its path. */
  readonly actions: ReadonlyMap<string, Action>;
  readonly clients: readonly C[];
  readonly bytesMax: number;
};

/** Who asks for what, or the answer that refuses: 404 for a path that is not offered, 401 for a token that nobody has. */
export function readAsked<Action extends string, C extends Client>(
  { actions, clients, bytesMax }: Offered<Action, C>,
  request: IncomingMessage,
): { readonly asked: Asked<Action, C> } | { readonly refused: Answer } {
  const action = actions.get(request.url ?? '');
  if (request.method !== 'POST' || action === undefined) {
    return { refused: refusal(404, 'NOT_FOUND') };
  }
  const client = clientOf(clients, request.headers.authorization ?? '');
  if (client === undefined) return { refused: refusal(401, 'UNAUTHENTICATED') };
  return {
    asked: {
      action,
      client,
      read: async (schema) => {
        const text = await readBody(request, bytesMax);
        if (text === undefined) return { refused: refusal(413, 'TOO_LARGE') };
        const body = parse(schema, text);
        return body === undefined ? { refused: refusal(400, 'INVALID') } : { body };
      },
    },
  };
}

export function refusal(status: number, code: string): Answer {
  return { status, body: { code } };
}

function parse<T>(schema: z.ZodType<T>, text: string): T | undefined {
  try {
    const parsed = schema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined for one that is too long: the rest of it is let pass, so that its sender reads the answer. */
async function readBody(request: IncomingMessage, bytesMax: number): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let bytes = 0;
  request.on('data', (part: Buffer) => {
    bytes += part.length;
    if (bytes <= bytesMax) parts.push(part);
  });
  return new Promise((resolve) => {
    request.on('end', () =>
      resolve(bytes <= bytesMax ? Buffer.concat(parts).toString('utf8') : undefined),
    );
    request.on('error', () => resolve(undefined));
  });
}

import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** The part of Confluent's Schema Registry API that clients need, in memory; `deny` makes it answer that status to everything. */
export type FakeSchemaRegistry = {
  readonly url: string;
  readonly schemas: readonly string[];
  readonly subjects: ReadonlyMap<string, number>;
  readonly asked: readonly string[];
  deny(status: number | undefined): void;
  stop(): Promise<void>;
};

/** Ids begin here, so that each of their bytes is told from zero. */
const FIRST_ID = 0x01020304;

export async function startFakeSchemaRegistry(): Promise<FakeSchemaRegistry> {
  const schemas: string[] = [];
  const subjects = new Map<string, number>();
  const asked: string[] = [];
  let denied: number | undefined;
  const answer = (method: string, path: string, body: string): [number, object] => {
    asked.push(`${method} ${path}`);
    if (denied !== undefined) return [denied, { error_code: denied }];
    const posted = /^\/subjects\/([^/]+)\/versions$/.exec(path)?.[1];
    if (method === 'POST' && posted !== undefined) {
      const { schema } = JSON.parse(body) as { schema: string };
      if (!schemas.includes(schema)) schemas.push(schema);
      const id = FIRST_ID + schemas.indexOf(schema);
      subjects.set(decodeURIComponent(posted), id);
      return [200, { id }];
    }
    const schema = schemas[Number(/^\/schemas\/ids\/(\d+)$/.exec(path)?.[1]) - FIRST_ID];
    return schema === undefined ? [404, { error_code: 40_403 }] : [200, { schema }];
  };
  const reply = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [status, told] = answer(request.method ?? '', request.url ?? '', await text(request));
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(told));
  };
  const server = createServer((request, response) => void reply(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    schemas,
    subjects,
    asked,
    deny: (status) => {
      denied = status;
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

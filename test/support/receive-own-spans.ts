import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A span as OTLP/JSON says it, and which service told it. */
export type OwnSpan = {
  readonly service: string;
  readonly scope: string;
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes: readonly { readonly key: string; readonly value: object }[];
  readonly status: { readonly code?: number; readonly message?: string };
  readonly events: readonly unknown[];
};

export type OwnSpanReceiver = {
  readonly url: string;
  readonly spans: readonly OwnSpan[];
  /** Each request's body as it came. */
  readonly bodies: readonly string[];
  /** Told of each body from now on. */
  forward: ((body: string) => Promise<void>) | undefined;
  close(): Promise<void>;
};

type Request = {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: OwnSpan['attributes'] };
    readonly scopeSpans: readonly {
      readonly scope: { readonly name: string };
      readonly spans: readonly OwnSpan[];
    }[];
  }[];
};

/** Takes the OTLP/HTTP, in JSON, that Waybill's roles send of themselves. */
export async function receiveOwnSpans(): Promise<OwnSpanReceiver> {
  const spans: OwnSpan[] = [];
  const bodies: string[] = [];
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await text(request);
    bodies.push(body);
    spans.push(...spansOf(JSON.parse(body) as Request));
    await receiver.forward?.(body);
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  };
  const server = createServer((request, response) => void take(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const receiver: OwnSpanReceiver = {
    url: `http://127.0.0.1:${port}`,
    spans,
    bodies,
    forward: undefined,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return receiver;
}

function spansOf({ resourceSpans }: Request): readonly OwnSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const named = resource.attributes.find(({ key }) => key === 'service.name')?.value;
    const service = named && 'stringValue' in named ? String(named.stringValue) : '';
    return scopeSpans.flatMap(({ scope, spans }) =>
      spans.map((span) => ({ ...span, service, scope: scope.name })),
    );
  });
}

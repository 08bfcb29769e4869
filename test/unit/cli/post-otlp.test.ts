import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { postOtlp } from '../../../cli/post-otlp.ts';

type Reply = { readonly status: number; readonly headers?: object; readonly body?: Buffer };

const replies: Reply[] = [];
const got: { body: string; authorization: string | undefined }[] = [];
const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    got.push({
      body: Buffer.concat(parts).toString(),
      authorization: request.headers.authorization,
    });
    const { status, headers = {}, body = Buffer.alloc(0) } = replies.shift() ?? { status: 500 };
    response.writeHead(status, { ...headers }).end(body);
  });
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
const { port } = server.address() as AddressInfo;
const url = new URL(`http://127.0.0.1:${port}/v1/traces`);

afterEach(() => {
  got.length = 0;
  replies.length = 0;
});

function post(waits: number[] = []) {
  return postOtlp(Buffer.from('{}'), {
    url,
    key: 'wb_key',
    contentType: 'application/json',
    onWait: (_reason, ms) => waits.push(ms),
  });
}

describe('posting OTLP', () => {
  it('waits as the receiver asks, sends the same bytes again, and succeeds', async () => {
    const busy = { status: 503, headers: { 'retry-after': '0' } };
    replies.push(busy, { ...busy, status: 429 }, { status: 200, body: Buffer.from('{}') });
    const waits: number[] = [];
    expect(await post(waits)).toEqual({ rejectedSpans: 0, message: '' });
    expect(waits).toEqual([0, 0]);
    const sent = { body: '{}', authorization: 'Bearer wb_key' };
    expect(got).toEqual([sent, sent, sent]);
  });

  it('does not try again what was refused for good', async () => {
    replies.push({ status: 400, body: Buffer.from('{"message":"no OTLP"}') });
    await expect(post()).rejects.toMatchObject({ kind: 'failed' });
    expect(got).toHaveLength(1);
  });

  it('repeats the words of a refusal, and nothing of how they were encoded', async () => {
    const said = Buffer.from('no OTLP: field 14 ends early');
    // google.rpc.Status { code = 3, message }
    const status = Buffer.concat([Buffer.from([0x08, 3, 0x12, said.length]), said]);
    const headers = { 'content-type': 'application/x-protobuf' };
    replies.push({ status: 400, headers, body: status });
    await expect(post()).rejects.toThrow(`answered 400: ${said.toString()}`);
    replies.push({ status: 400, body: Buffer.from('{"code":3,"message":"no OTLP"}') });
    await expect(post()).rejects.toThrow(/answered 400: no OTLP$/);
    replies.push({ status: 404, body: Buffer.from('<h1>Not here</h1>') });
    await expect(post()).rejects.toThrow('answered 404: <h1>Not here</h1>');
  });

  it('tells what of a request was rejected, in JSON and in protobuf', async () => {
    const json = Buffer.from('{"partialSuccess":{"rejectedSpans":"3","errorMessage":"too old"}}');
    replies.push({ status: 200, headers: { 'content-type': 'application/json' }, body: json });
    expect(await post()).toEqual({ rejectedSpans: 3, message: 'too old' });
    // By hand: partial_success (1) of 6 bytes { rejected_spans (1) = 5, error_message (2) = "no" }.
    const bytes = Buffer.from([0x0a, 0x06, 0x08, 0x05, 0x12, 0x02, 0x6e, 0x6f]);
    replies.push({
      status: 200,
      headers: { 'content-type': 'application/x-protobuf' },
      body: bytes,
    });
    expect(await post()).toEqual({ rejectedSpans: 5, message: 'no' });
  });

  it('says that what answered is no collector', async () => {
    replies.push({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: Buffer.from('<'),
    });
    await expect(post()).rejects.toMatchObject({ name: 'CommandFailure', kind: 'failed' });
  });

  it('says that nobody answers when nobody listens', async () => {
    const nobody = { url: new URL('http://127.0.0.1:1'), key: 'k', onWait: () => undefined };
    const attempt = postOtlp(Buffer.from(''), { ...nobody, contentType: 'application/json' });
    await expect(attempt).rejects.toMatchObject({ kind: 'unreachable' });
  });
});

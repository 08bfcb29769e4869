import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CheckpointAnchor } from '../../../anchors/anchor.ts';
import { directoryAnchor } from '../../../anchors/directory-anchor.ts';
import { s3Anchor } from '../../../anchors/s3-anchor.ts';
import { signS3 } from '../../../anchors/sign-s3.ts';
import { addSignatures, parseSignatures } from '../../../integrity/note.ts';
import * as golden from '../integrity/golden.ts';
import { fork, headAt } from './made-growth.ts';

const never = new AbortController().signal;
// printf 'audit.example/log/p0/e1' | sha256sum
const LOG_FOLDER = 'f112cf77b36086ff3b216732338857b41c3a3762fd18b816cb004a46b57b90a1';

describe('a folder of checkpoints', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'waybill-anchor-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('keeps each as a file of its own, read-only, byte for byte', async () => {
    const anchor = directoryAnchor(folder);
    for (const size of [3, 20]) await anchor.keep(await headAt(size), never);
    const names = ['0000000000000003.checkpoint', '0000000000000020.checkpoint'];
    expect(readdirSync(join(folder, LOG_FOLDER)).toSorted((a, b) => (a < b ? -1 : 1))).toEqual(
      names,
    );
    const kept = readFileSync(join(folder, LOG_FOLDER, names[0] ?? ''), 'utf8');
    expect(kept).toBe(await headAt(3));
  });

  it('takes a checkpoint again, and never another tree', async () => {
    await behavesAsAnchor(directoryAnchor(folder));
    const kept = readFileSync(join(folder, LOG_FOLDER, '0000000000000005.checkpoint'), 'utf8');
    expect(kept).toBe(await headAt(5));
  });

  it('says that it cannot write', async () => {
    writeFileSync(join(folder, LOG_FOLDER), 'a file where a folder should be');
    await expect(directoryAnchor(folder).keep(await headAt(3), never)).rejects.toMatchObject({
      code: 'ANCHOR_UNREACHABLE',
      retryable: true,
    });
  });
});

describe('a bucket of checkpoints', () => {
  let server: Server;
  let endpoint: string;
  let objects: Map<string, string>;
  let seen: IncomingMessage[];
  let broken: number | undefined;

  beforeEach(async () => {
    objects = new Map();
    seen = [];
    broken = undefined;
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += String(chunk)));
      request.on('end', () => {
        seen.push(request);
        const path = request.url ?? '';
        if (broken) return response.writeHead(broken, { location: '/elsewhere' }).end('no');
        if (request.method === 'GET') return response.writeHead(200).end(objects.get(path));
        if (objects.has(path)) return response.writeHead(412).end();
        objects.set(path, body);
        return response.writeHead(200).end();
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.close();
    server.closeAllConnections();
  });

  it('is asked to keep each under a retention of its own, only if it is not there', async () => {
    await anchor().keep(await headAt(3), never);
    const [request] = seen;
    expect(request?.url).toBe(`/audit/waybill/${LOG_FOLDER}/0000000000000003.checkpoint`);
    expect(request?.headers).toMatchObject({
      'if-none-match': '*',
      'x-amz-object-lock-mode': 'COMPLIANCE',
      'x-amz-object-lock-retain-until-date': '2026-12-21T00:00:00.000Z',
    });
    expect([...objects.values()]).toEqual([await headAt(3)]);
  });

  it('takes a checkpoint again, and never another tree', async () => {
    await behavesAsAnchor(anchor());
  });

  it.each([
    [503, 'ANCHOR_UNREACHABLE', true],
    [429, 'ANCHOR_UNREACHABLE', true],
    [403, 'ANCHOR_REFUSED', false],
    [301, 'ANCHOR_REFUSED', false],
  ])('answers %i: %s', async (status, code, retryable) => {
    broken = status;
    const kept = anchor().keep(await headAt(3), never);
    await expect(kept).rejects.toMatchObject({ code, retryable });
    await expect(anchor().keep(await headAt(3), never)).rejects.not.toThrow('secret-key');
  });

  it('has a name that needs no encoding', async () => {
    await expect(anchor('a b/').keep(await headAt(3), never)).rejects.toThrow('ANCHOR_REFUSED');
  });

  function anchor(prefix = 'waybill/'): CheckpointAnchor {
    return s3Anchor({
      endpoint,
      bucket: 'audit',
      prefix,
      credentials: { accessKeyId: 'id', secretAccessKey: 'secret-key', region: 'us-east-1' },
      retentionDays: 30,
      now: () => new Date('2026-11-21T00:00:00Z'),
    });
  }
});

describe('a signed request', () => {
  it('has the signature of the example that AWS publishes', () => {
    // "Signature Calculations for the Authorization Header: Transferring Payload in a Single Chunk", GET Object.
    const request = {
      method: 'GET',
      url: new URL('https://examplebucket.s3.amazonaws.com/test.txt'),
      headers: { range: 'bytes=0-9' },
      body: new Uint8Array(0),
    };
    const credentials = {
      accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
      secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
      region: 'us-east-1',
    };
    const { authorization } = signS3(request, credentials, new Date('2013-05-24T00:00:00Z'));
    expect(authorization).toBe(
      'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,' +
        'SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,' +
        'Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    );
  });

  it('covers the query, sorted', () => {
    // The same page, GET Bucket (List Objects).
    const request = {
      method: 'GET',
      url: new URL('https://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J'),
      headers: {},
      body: new Uint8Array(0),
    };
    const credentials = {
      accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
      secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
      region: 'us-east-1',
    };
    const { authorization } = signS3(request, credentials, new Date('2013-05-24T00:00:00Z'));
    expect(authorization).toContain(
      'Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
    );
  });
});

/** What every anchor promises (`CheckpointAnchor`). */
async function behavesAsAnchor(anchor: CheckpointAnchor): Promise<void> {
  const head = await headAt(5);
  await anchor.keep(head, never);
  await anchor.keep(head, never);
  await anchor.keep(addSignatures(head, parseSignatures(golden.WITNESS_LINE)), never);
  await anchor.keep(await headAt(6), never);
  await expect(anchor.keep(await headAt(5, fork), never)).rejects.toMatchObject({
    code: 'ANCHOR_CONFLICT',
    retryable: false,
  });
}

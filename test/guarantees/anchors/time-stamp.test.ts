import { X509Certificate, createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AnchorError } from '../../../anchors/errors.ts';
import { requestTimeStamp } from '../../../anchors/time-stamp-client.ts';
import { timeStampRequest } from '../../../anchors/time-stamp.ts';
import { verifyTimeStamp } from '../../../anchors/verify-time-stamp.ts';
import { timeStampAuthority } from '../../support/time-stamp-authority.ts';
import * as golden from '../../unit/integrity/golden.ts';

/*
 * An authority of OpenSSL's (`openssl ts`) behind HTTP, with a root, an authority between, and a signer for time stamping.
 */

const never = new AbortController().signal;
const message = Buffer.from(golden.COSIGNED);
const nonce = Buffer.from('00ff0102030405060708090a0b0c0d0e', 'hex');
const folder = mkdtempSync(join(tmpdir(), 'waybill-tsa-'));
const { makeAuthority, openssl, stamp } = timeStampAuthority(folder);
let server: Server;
let url: string;
let answerWith: ((reply: Buffer) => { status?: number; body: Buffer }) | undefined;

beforeAll(async () => {
  makeAuthority();
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const reply = stamp(Buffer.concat(chunks));
      const { status = 200, body } = answerWith?.(reply) ?? { body: reply };
      response.writeHead(status, { 'content-type': 'application/timestamp-reply' }).end(body);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}, 120_000);

afterAll(() => {
  server.close();
  server.closeAllConnections();
  rmSync(folder, { recursive: true });
});

describe('a time stamp', () => {
  it('is got over HTTP, verifies here, and by OpenSSL', async () => {
    const before = Math.floor(Date.now() / 1000) * 1000;
    const got = await requestTimeStamp({ url, authorities: [root()] }, message, nonce, never);
    expect(got.timeMs).toBeGreaterThanOrEqual(before);
    expect(got.timeMs).toBeLessThan(Date.now() + 1000);
    expect(got.digest).toBe(createHash('sha256').update(message).digest('hex'));
    writeFileSync(join(folder, 'head'), message);
    writeFileSync(join(folder, 'head.tsr'), got.response);
    const said = openssl(
      'ts',
      '-verify',
      '-data',
      'head',
      '-in',
      'head.tsr',
      '-CAfile',
      'root.pem',
    );
    expect(said).toContain('Verification: OK');
  });

  it('is asked for as OpenSSL would', () => {
    const query = join(folder, 'ours.tsq');
    writeFileSync(query, timeStampRequest(message, nonce));
    const said = openssl('ts', '-query', '-in', 'ours.tsq', '-text');
    expect(said).toContain('Hash Algorithm: sha256');
    expect(said).toContain('Nonce: 0xFF0102030405060708090A0B0C0D0E');
    expect(said).toContain('Certificate required: yes');
  });

  it('is refused for other bytes, another request, or an authority that is not given', async () => {
    const response = stamp(timeStampRequest(message, nonce));
    expect(verifyTimeStamp(response, message, [root()]).serial).not.toBe('');
    const other = Buffer.from(golden.CHECKPOINT);
    expect(() => verifyTimeStamp(response, other, [root()])).toThrow('it stamps something else');
    expect(() => verifyTimeStamp(response, message, [])).toThrow('no authority');
    expect(() => verifyTimeStamp(response, message, [certificate('other.pem')])).toThrow(
      'no authority',
    );
    answerWith = () => ({ body: stamp(timeStampRequest(message, Buffer.from('0a', 'hex'))) });
    await expect(
      requestTimeStamp({ url, authorities: [root()] }, message, nonce, never),
    ).rejects.toThrow('another request');
    answerWith = undefined;
  });

  it('is never valid with a bit flipped that is signed, and fails with its own error only', () => {
    const response = stamp(timeStampRequest(message, nonce));
    const info = verifyTimeStamp(response, message, [root()]);
    let refused = 0;
    for (let at = 0; at < response.length; at += 3) {
      const changed = Buffer.from(response);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      try {
        // What is not signed may change: the status text, certificates that are not needed. What is said stays the same.
        expect(verifyTimeStamp(changed, message, [root()])).toEqual(info);
      } catch (error) {
        if (!(error instanceof AnchorError)) throw error;
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(response.length / 6);
    for (let length = 0; length < response.length; length += 11) {
      expect(() => verifyTimeStamp(response.subarray(0, length), message, [root()])).toThrow(
        AnchorError,
      );
    }
  });

  it('is not given where the authority refuses or does not answer well', async () => {
    const cases = [
      // PKIStatusInfo: rejection.
      [{ body: Buffer.from('30053003020102', 'hex') }, 'ANCHOR_REFUSED'],
      [{ status: 503, body: Buffer.from('later') }, 'ANCHOR_UNREACHABLE'],
      [{ status: 404, body: Buffer.from('no') }, 'ANCHOR_REFUSED'],
      [{ body: Buffer.alloc(0) }, 'ANCHOR_TIME_INVALID'],
      [{ body: Buffer.alloc(300_000) }, 'ANCHOR_ANSWER_INVALID'],
      [{ body: Buffer.from('3080'.repeat(1000), 'hex') }, 'ANCHOR_TIME_INVALID'],
    ] as const;
    for (const [answer, code] of cases) {
      answerWith = () => answer;
      await expect(
        requestTimeStamp({ url, authorities: [root()] }, message, nonce, never),
      ).rejects.toMatchObject({ code });
    }
    answerWith = undefined;
  });
});

function root(): X509Certificate {
  return certificate('root.pem');
}

function certificate(name: string): X509Certificate {
  return new X509Certificate(readFileSync(join(folder, name)));
}

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatAddCheckpoint, parseAddCheckpoint } from '../../../anchors/add-checkpoint.ts';
import { witnessServer } from '../../../anchors/serve-witness.ts';
import { requestCosignature } from '../../../anchors/witness-client.ts';
import { openWitnessKey } from '../../../anchors/witness-key.ts';
import { openWitnessMemory } from '../../../anchors/witness-memory.ts';
import type { WitnessMemory } from '../../../anchors/witness-memory.ts';
import { addCheckpoint } from '../../../anchors/witness.ts';
import { formatCheckpoint } from '../../../integrity/checkpoint.ts';
import { IntegrityError } from '../../../integrity/errors.ts';
import { addSignatures, parseNote, parseSignatures } from '../../../integrity/note.ts';
import { signNote } from '../../../integrity/sign-note.ts';
import { verifyNote } from '../../../integrity/verify-note.ts';
import * as golden from '../integrity/golden.ts';
import { ORIGIN, fork, growth, headAt, leaves, policy } from './made-growth.ts';

const TIME_MS = 1_795_219_200_000;
const never = new AbortController().signal;
let folder: string;
let memory: WitnessMemory;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-witness-'));
  memory = openWitnessMemory(join(folder, 'witness.db'));
});

afterEach(() => {
  memory.close();
  rmSync(folder, { recursive: true });
});

describe('a witness', () => {
  it('cosigns the first checkpoint and its growth, at its time', async () => {
    const first = await add(0, 3);
    expect(first.status).toBe(200);
    const note = { ...parseNote(await headAt(3)), signatures: parseSignatures(first.body) };
    expect(await verifyNote(note, [golden.witnessSigner.key])).toEqual([
      { key: golden.witnessSigner.key, timestampS: TIME_MS / 1000 },
    ]);
    expect((await add(3, 9)).status).toBe(200);
    expect((await add(9, 9)).status).toBe(200);
    expect(memory.latest(ORIGIN)?.size).toBe(9);
    expect(memory.latest(ORIGIN)?.note).toContain(golden.witnessSigner.key.name);
  });

  it('remembers over a restart, in a file of mode 0600', async () => {
    await add(0, 3);
    memory.close();
    memory = openWitnessMemory(join(folder, 'witness.db'));
    expect((await add(0, 9)).status).toBe(409);
    expect((await add(3, 9)).status).toBe(200);
    expect(statSync(join(folder, 'witness.db')).mode & 0o777).toBe(0o600);
  });

  it('answers 409 with the size that it knows', async () => {
    expect(await add(3, 9)).toEqual({ status: 409, contentType: 'text/x.tlog.size', body: '0\n' });
    await add(0, 9);
    expect(await add(3, 12)).toMatchObject({ status: 409, body: '9\n' });
    expect(await add(0, 12)).toMatchObject({ status: 409, body: '9\n' });
  });

  it('answers 422 to a fork, a wrong proof, a proof from nothing, an empty tree with a root', async () => {
    expect(
      (await post(0, [growth(1, 3)[0] ?? leaves[0] ?? new Uint8Array(32)], await headAt(3))).status,
    ).toBe(422);
    const head = { origin: ORIGIN, size: 0, root: new Uint8Array(32) };
    const empty = await signNote(formatCheckpoint(head), [golden.logSigner]);
    expect((await post(0, [], empty)).status).toBe(422);
    await add(0, 5);
    expect((await post(5, growth(5, 9, fork), await headAt(9, fork))).status).toBe(422);
    expect((await post(5, [], await headAt(5, fork))).status).toBe(422);
    expect((await post(5, growth(4, 9), await headAt(9))).status).toBe(422);
    expect((await post(5, [], await headAt(9))).status).toBe(422);
    expect(memory.latest(ORIGIN)?.size).toBe(5);
  });

  it('answers 400 to an old size above the new one and to what is no request', async () => {
    expect((await post(9, [], await headAt(5))).status).toBe(400);
    const parts = { policy, signer: golden.witnessSigner, memory, now: () => TIME_MS };
    const head = await headAt(3);
    const wrong = ['', 'old 0\n', `old 00\n\n${head}`, `old 0\nAAAA\n\n${head}`, 'old 0\n\nx'];
    for (const body of [...wrong, `new 0\n\n${head}`, `old 0\n${'A'.repeat(43)}=\n`.repeat(70)]) {
      expect((await addCheckpoint(body, parts)).status).toBe(400);
    }
  });

  it('answers 404 to a log that it does not know, 403 to one that did not sign', async () => {
    const head = { origin: 'other.example/log', size: 1, root: new Uint8Array(32) };
    const foreign = await signNote(formatCheckpoint(head), [golden.logSigner]);
    expect((await post(0, [], foreign)).status).toBe(404);
    const right = await headAt(3);
    expect((await post(0, [], right.replace('\n3\n', '\n4\n'))).status).toBe(403);
    const unsigned = right.slice(0, right.indexOf('\n\n') + 2) + golden.WITNESS_LINE;
    expect((await post(0, [], unsigned)).status).toBe(403);
  });

  it('shows on only the signatures that it verified', async () => {
    const junk = golden.LOG_LINE.replace('RFsm8H5n', 'AAAAAAAA').repeat(15);
    expect((await post(0, [], `${await headAt(3)}${junk}`)).status).toBe(200);
    const shown = parseNote(memory.latest(ORIGIN)?.note ?? '');
    expect(shown.signatures.map(({ name }) => name)).toEqual([ORIGIN, 'witness.example/w1']);
  });

  it('cosigns one of two growths at a time, even through two openings of its file', async () => {
    await add(0, 3);
    const other = openWitnessMemory(join(folder, 'witness.db'));
    const answers = await Promise.all([
      post(3, growth(3, 9), await headAt(9)),
      post(3, growth(3, 12, fork), await headAt(12, fork), other),
      post(3, growth(3, 10), await headAt(10), other),
    ]);
    other.close();
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409, 409]);
  });

  it('refuses what another opening of its file has replaced in the meantime', () => {
    const [three, nine] = [headOfSize(3), headOfSize(9)];
    expect(memory.replace(ORIGIN, 0, three)).toBe(true);
    expect(memory.replace(ORIGIN, 0, nine)).toBe(false);
    expect(memory.replace(ORIGIN, 3, nine)).toBe(true);
    expect(memory.replace(ORIGIN, 3, three)).toBe(false);
    expect(memory.replace('never seen', 3, nine)).toBe(false);
    expect(memory.latest(ORIGIN)?.size).toBe(9);
  });

  it('does not start on a file that is none of its own', () => {
    writeFileSync(join(folder, 'other.db'), 'something else, and long enough to be seen as such');
    expect(() => openWitnessMemory(join(folder, 'other.db'))).toThrow('WITNESS_STATE_UNREADABLE');
    expect(() => openWitnessMemory(join(folder, 'no', 'such.db'))).toThrow(
      'WITNESS_STATE_UNREADABLE',
    );
  });
});

describe('a witness’s key', () => {
  it('is made once, for its owner alone', async () => {
    const path = join(folder, 'witness.key');
    const made = await openWitnessKey(path, 'w.example/1');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect((await openWitnessKey(path, 'w.example/1')).key).toEqual(made.key);
    await expect(openWitnessKey(path, 'w.example/2')).rejects.toThrow('WITNESS_KEY_UNREADABLE');
  });

  it('is refused when others can read it or it is none', async () => {
    const open = join(folder, 'open.key');
    await openWitnessKey(open, 'w');
    chmodSync(open, 0o640);
    await expect(openWitnessKey(open, 'w')).rejects.toThrow('chmod 600');
    writeFileSync(join(folder, 'x.key'), 'PRIVATE+KEY+w+00000000+AAAA\n', { mode: 0o600 });
    await expect(openWitnessKey(join(folder, 'x.key'), 'w')).rejects.toThrow('KEY_MALFORMED');
    await expect(openWitnessKey(join(folder, 'no', 'x.key'), 'w')).rejects.toThrow(
      'WITNESS_KEY_UNREADABLE',
    );
  });
});

describe('a log and its witness, over HTTP', () => {
  let server: Server;
  let url: string;
  const problems: unknown[] = [];

  beforeEach(async () => {
    const parts = { policy, signer: golden.witnessSigner, memory, now: () => TIME_MS };
    server = witnessServer(parts, (error) => problems.push(error));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterEach(() => {
    server.close();
    server.closeAllConnections();
    expect(problems).toEqual([]);
  });

  it('get on with a log that remembers, and with one that forgot', async () => {
    expect((await cosignatureAt(3, 0)).name).toBe('witness.example/w1');
    await cosignatureAt(9, 3);
    await cosignatureAt(20, 0);
    await cosignatureAt(20, 5);
    const signed = addSignatures(await headAt(20), [await cosignatureAt(20, 20)]);
    expect(await verifyNote(parseNote(signed), [golden.witnessSigner.key])).toHaveLength(1);
  });

  it('tell a fork and a rollback', async () => {
    await cosignatureAt(9, 0);
    await expect(cosignatureAt(12, 9, fork)).rejects.toThrow('ANCHOR_CONFLICT');
    await expect(cosignatureAt(9, 9, fork)).rejects.toThrow('ANCHOR_CONFLICT');
    await expect(cosignatureAt(5, 3)).rejects.toThrow('ANCHOR_AHEAD');
    expect(memory.latest(ORIGIN)?.size).toBe(9);
  });

  it('show the newest checkpoint to whoever watches', async () => {
    const path = `${url}/${createHash('sha256').update(ORIGIN).digest('hex')}/checkpoint`;
    expect((await fetch(path)).status).toBe(404);
    const line = await cosignatureAt(9, 0);
    const shown = await (await fetch(path)).text();
    expect(shown).toBe(addSignatures(await headAt(9), [line]));
    expect((await fetch(`${url}/`)).status).toBe(404);
  });

  it('answer 400 to a body that is too long or no text', async () => {
    const long = await fetch(`${url}/add-checkpoint`, {
      method: 'POST',
      body: 'a'.repeat(300_000),
    });
    expect(long.status).toBe(400);
    const bytes = Uint8Array.of(0xff, 0xfe);
    const binary = await fetch(`${url}/add-checkpoint`, { method: 'POST', body: bytes });
    expect(binary.status).toBe(400);
  });

  it('are told apart from a witness with another key, and from nobody', async () => {
    const other = { url, key: { ...golden.witnessSigner.key, name: 'w2.example' } };
    const asked = { checkpoint: await headAt(3), oldSize: 0, proveFrom: async () => growth(1, 3) };
    await expect(requestCosignature(other, asked, never)).rejects.toThrow('ANCHOR_ANSWER_INVALID');
    const nobody = { url: 'http://127.0.0.1:9', key: golden.witnessSigner.key };
    await expect(requestCosignature(nobody, asked, never)).rejects.toMatchObject({
      code: 'ANCHOR_UNREACHABLE',
      retryable: true,
    });
    const elsewhere = { url: `${url}/prefix`, key: golden.witnessSigner.key };
    await expect(requestCosignature(elsewhere, asked, never)).rejects.toMatchObject({
      code: 'ANCHOR_REFUSED',
      retryable: false,
    });
  });

  async function cosignatureAt(size: number, oldSize: number, hashes = leaves) {
    const witness = { url, key: golden.witnessSigner.key };
    const checkpoint = await headAt(size, hashes);
    const proveFrom = async (from: number) => (from > size ? [] : growth(from, size, hashes));
    return requestCosignature(witness, { checkpoint, oldSize, proveFrom }, never);
  }
});

describe('a request to cosign', () => {
  it('is written as its specification has it, and read back', async () => {
    const checkpoint = await headAt(5);
    const body = formatAddCheckpoint({ oldSize: 3, proof: growth(3, 5), checkpoint });
    expect(body.split('\n')[0]).toBe('old 3');
    expect(body.split('\n')).toHaveLength(1 + 4 + 1 + 3 + 1 + 1 + 1);
    expect(parseAddCheckpoint(body)).toMatchObject({ oldSize: 3, checkpoint });
    expect(() => parseAddCheckpoint(`old 3 \n\n${checkpoint}`)).toThrow(IntegrityError);
  });
});

async function add(oldSize: number, size: number) {
  const proof = oldSize === 0 ? [] : growth(oldSize, size);
  return post(oldSize, proof, await headAt(size));
}

async function post(
  oldSize: number,
  proof: readonly Uint8Array[],
  checkpoint: string,
  into: WitnessMemory = memory,
) {
  const body = formatAddCheckpoint({ oldSize, proof, checkpoint });
  const parts = { policy, signer: golden.witnessSigner, memory: into, now: () => TIME_MS };
  return addCheckpoint(body, parts);
}

function headOfSize(size: number) {
  return { size, root: new Uint8Array(32).fill(size), note: `note of ${size}` };
}

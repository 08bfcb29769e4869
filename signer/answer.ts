import type { IncomingMessage } from 'node:http';
import type { Client } from '../inner-http/clients.ts';
import type { Answer, Asked } from '../inner-http/read-asked.ts';
import { readAsked, refusal } from '../inner-http/read-asked.ts';
import type { SignerMetrics } from './metrics.ts';
import type { Signer } from './signer.ts';
import {
  SIGNER_BYTES_MAX,
  encodeHash,
  latestRequest,
  policyRequest,
  signAnswers,
  signRequest,
  signerPaths,
} from './signer-protocol.ts';

export type Answering = {
  readonly signer: Signer;
  readonly clients: readonly Client[];
  readonly metrics: SignerMetrics;
};

const actions = new Map([
  [signerPaths.sign, 'sign'],
  [signerPaths.latest, 'latest'],
  [signerPaths.policy, 'policy'],
] as const);

type SignerAsked = Asked<keyof typeof signerPaths, Client>;

/** One request, from its head to its answer. Never rejects: what goes wrong is a status. */
export async function answer(answering: Answering, request: IncomingMessage): Promise<Answer> {
  const { clients, metrics } = answering;
  const read = readAsked({ actions, clients, bytesMax: SIGNER_BYTES_MAX }, request);
  if ('refused' in read) return read.refused;
  try {
    return await carryOut[read.asked.action](answering, read.asked);
  } catch (error) {
    metrics.trouble = codeOf(error);
    metrics.failures += 1;
    return refusal(503, metrics.trouble);
  }
}

type CarryOut = (answering: Answering, asked: SignerAsked) => Promise<Answer>;

const carryOut: Readonly<Record<keyof typeof signerPaths, CarryOut>> = {
  async sign({ signer, metrics }, asked) {
    const given = await asked.read(signRequest);
    if ('refused' in given) return given.refused;
    const answered = await signer.sign(given.body);
    metrics.answers[answered.kind] += 1;
    metrics.trouble = null;
    return { status: signAnswers[answered.kind], body: answered };
  },
  async latest({ signer }, asked) {
    const given = await asked.read(latestRequest);
    if ('refused' in given) return given.refused;
    const head = await signer.latest(given.body.logId);
    return { status: 200, body: { head: head ? { ...head, root: encodeHash(head.root) } : null } };
  },
  async policy({ signer }, asked) {
    const given = await asked.read(policyRequest);
    if ('refused' in given) return given.refused;
    return { status: 200, body: { policy: await signer.policy(given.body.logIds) } };
  },
};

/** Codes are ours, the store's among them, and say nothing of what was asked. */
function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[A-Z][A-Z_]{0,63}$/.test(code) ? code : 'SIGNER_DEFECT';
}

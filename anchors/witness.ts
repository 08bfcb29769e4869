import { IntegrityError } from '../integrity/errors.ts';
import { formatNote, formatSignature, parseNote } from '../integrity/note.ts';
import type { Policy } from '../integrity/policy.ts';
import { cosign } from '../integrity/sign-note.ts';
import type { NoteSigner } from '../integrity/sign-note.ts';
import { parseAddCheckpoint } from './add-checkpoint.ts';
import type { AddCheckpoint } from './add-checkpoint.ts';
import { judgeGrowth, openRequest } from './judge-checkpoint.ts';
import type { WitnessMemory } from './witness-memory.ts';

export type WitnessParts = {
  /** The logs that are witnessed. */
  readonly policy: Policy;
  readonly signer: NoteSigner;
  readonly memory: WitnessMemory;
  /** Milliseconds since 1970. */
  readonly now: () => number;
};

export type WitnessAnswer = {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422;
  readonly contentType: string;
  readonly body: string;
};

/**
 * Answers `add-checkpoint`. What is cosigned was remembered, synced, before the answer is made; of two requests at a time for one log one gets 409.
 * Source: C2SP tlog-witness.
 */
export async function addCheckpoint(body: string, parts: WitnessParts): Promise<WitnessAnswer> {
  const request = parse(body);
  if (request === undefined) return told(400, 'not an add-checkpoint request');
  const opened = await openRequest(request, parts.policy);
  if ('kind' in opened) return told(opened.status, opened.reason);
  const { checkpoint, signatures } = opened;
  const { origin, size, root } = checkpoint;
  const judgement = judgeGrowth(request, checkpoint, parts.memory.latest(origin));
  if (judgement.kind === 'refuse') return told(judgement.status, judgement.reason);
  if (judgement.kind === 'conflict') return conflict(judgement.size);
  const { text, signatures: lines } = parseNote(request.checkpoint);
  const line = await cosign(text, Math.floor(parts.now() / 1000), parts.signer);
  // Only what was verified is shown on: whoever sends a checkpoint can put lines of others beside the log's.
  const own = lines.filter(({ name, keyId }) =>
    signatures.some(({ key }) => key.name === name && key.keyId === keyId),
  );
  const note = formatNote({ text, signatures: [...own, line] });
  if (!parts.memory.replace(origin, request.oldSize, { size, root, note })) {
    return conflict(parts.memory.latest(origin)?.size ?? 0);
  }
  return { status: 200, contentType: 'text/plain; charset=utf-8', body: formatSignature(line) };
}

function parse(body: string): AddCheckpoint | undefined {
  try {
    return parseAddCheckpoint(body);
  } catch (error) {
    if (error instanceof IntegrityError) return undefined;
    throw error;
  }
}

/** The size from which the caller has to prove growth. */
function conflict(size: number): WitnessAnswer {
  return { status: 409, contentType: 'text/x.tlog.size', body: `${size}\n` };
}

function told(status: 400 | 403 | 404 | 422, reason: string): WitnessAnswer {
  return { status, contentType: 'text/plain; charset=utf-8', body: `${reason}\n` };
}

import type { z } from 'zod';
import { parseCheckpoint } from '../integrity/checkpoint.ts';
import { parseNote } from '../integrity/note.ts';
import type { PeerAddress } from '../inner-http/peer-settings.ts';
import { postJson } from '../inner-http/post-json.ts';
import { SignerError } from './errors.ts';
import { logIdOf } from './log-origin.ts';
import type { SignRequest, SignedHead, Signer } from './signer.ts';
import {
  SIGNER_BYTES_MAX,
  encodeRequest,
  latestAnswer,
  policyAnswer,
  signAnswer,
  signAnswers,
  signerPaths,
} from './signer-protocol.ts';

/**
 * A signer that is a process of its own, for ledgers on any machine. Nothing is asked again here: what is thrown for one that is away, `SIGNER_UNREACHABLE`, is retryable, and
 * whoever signs does so in rounds. `SIGNER_REFUSED` for what asking again cannot mend, answers that are none of a signer among it.
 */
export function openRemoteSigner(address: PeerAddress): Signer {
  const ended = new AbortController();
  const { signal } = ended;
  const ask = async (path: string, asked: object) => {
    const posted = { body: JSON.stringify(asked), answerBytesMax: SIGNER_BYTES_MAX, signal };
    const answered = await postJson(address, path, posted).catch((cause: unknown) => {
      throw new SignerError('SIGNER_UNREACHABLE', `${address.url}.`, cause);
    });
    if (answered.status < 500) return answered;
    const detail = `${address.url} answered ${answered.status}: ${answered.text.slice(0, 200)}.`;
    throw new SignerError('SIGNER_UNREACHABLE', detail);
  };
  const told = async <T>(path: string, asked: object, schema: z.ZodType<T>): Promise<T> => {
    const answered = await ask(path, asked);
    if (answered.status === 200) return understood(schema, answered.text);
    throw refused(address, answered);
  };
  return {
    sign: async (request) => {
      const answered = await ask(signerPaths.sign, encodeRequest(request));
      if (!Object.values(signAnswers).includes(answered.status)) throw refused(address, answered);
      const answer = understood(signAnswer, answered.text);
      if (signAnswers[answer.kind] !== answered.status) throw refused(address, answered);
      if (answer.kind === 'signed') checkNote(answer.note, request);
      return answer;
    },
    latest: async (logId) => {
      const { head } = await told(signerPaths.latest, { logId }, latestAnswer);
      if (head) checkNote(head.note, { logId, ...head });
      return head ?? undefined;
    },
    policy: async (logIds) => (await told(signerPaths.policy, { logIds }, policyAnswer)).policy,
    close: async () => Promise.resolve(ended.abort()),
  };
}

/** That it signs what was asked, and no other tree. Whose signature it is, who verifies says by a policy. */
function checkNote(
  note: string,
  { logId, size, root }: Pick<SignRequest, 'logId'> & Omit<SignedHead, 'note'>,
): void {
  try {
    const signed = parseCheckpoint(parseNote(note).text);
    const isSame =
      logIdOf(signed.origin) === logId &&
      signed.size === size &&
      Buffer.compare(signed.root, root) === 0;
    if (isSame) return;
  } catch (cause) {
    throw new SignerError('SIGNER_REFUSED', 'What was answered is no checkpoint.', cause);
  }
  throw new SignerError('SIGNER_REFUSED', `What was signed is not ${logId} of ${size}.`);
}

function understood<T>(schema: z.ZodType<T>, text: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new SignerError('SIGNER_REFUSED', 'The answer is none of a signer.', cause);
  }
}

function refused(
  { url }: PeerAddress,
  { status, text }: { readonly status: number; readonly text: string },
): SignerError {
  return new SignerError('SIGNER_REFUSED', `${url} answered ${status}: ${text.slice(0, 200)}.`);
}

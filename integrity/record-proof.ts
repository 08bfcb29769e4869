import { IntegrityError } from './errors.ts';
import {
  PROOF_LENGTH_MAX,
  TLOG_PROOF_HEADER,
  formatTlogProof,
  parseTlogProof,
} from './tlog-proof.ts';
import type { TlogProof } from './tlog-proof.ts';

/**
 * All that proves one leaf: that it is in its log, and that the checkpoint in that first proof, byte for byte, is a leaf of the meta log. The
 * second is missing where a log is believed by itself.
 */
export type RecordProof = { readonly log: TlogProof; readonly meta?: TlogProof };

/** Two ordinary `.tlog-proof` texts, one behind the other. */
export function formatRecordProof({ log, meta }: RecordProof): string {
  return formatTlogProof(log) + (meta ? formatTlogProof(meta) : '');
}

/** Reads one proof or two; PROOF_MALFORMED for anything else. */
export function parseRecordProof(text: string): RecordProof {
  if (text.length > 2 * PROOF_LENGTH_MAX) {
    throw new IntegrityError('PROOF_MALFORMED', 'it is too long');
  }
  // No line of a checkpoint can be the header: signature lines begin with a dash, and an origin stands behind a blank line.
  const second = text.indexOf(`\n${TLOG_PROOF_HEADER}\n`);
  if (second < 0) return { log: parseTlogProof(text) };
  const log = parseTlogProof(text.slice(0, second + 1));
  return { log, meta: parseTlogProof(text.slice(second + 1)) };
}

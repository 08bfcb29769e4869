import { STATUS_CODES } from 'node:http';
import { encodeExportResponse, mediaTypes } from './export-response.ts';
import type { ExportOutcome, OtlpEncoding } from './export-response.ts';
import type { HttpAnswer } from './http-status.ts';

/** Answers as bytes for a socket; the one that nearly every request gets is made once a second. Source: RFC 9112, section 4. */
export type AnswerWriter = {
  /** `last` tells the peer that the connection ends with this answer. */
  outcome(outcome: ExportOutcome, encoding: OtlpEncoding, last: boolean): Buffer;
  error(answer: HttpAnswer, last: boolean): Buffer;
};

const DATE_MS = 1_000;

export function createAnswerWriter(nowMs: () => number): AnswerWriter {
  let date = '';
  let dateAtMs = -Infinity;
  let success: Partial<Record<OtlpEncoding, Buffer>> = {};
  const refreshDate = (): void => {
    const now = nowMs();
    if (now - dateAtMs < DATE_MS) return;
    // The header has seconds; what the clock says in between changes nothing. Source: RFC 9110, section 6.6.1.
    date = new Date().toUTCString();
    dateAtMs = now;
    success = {};
  };
  const write = ({ status, headers, body }: HttpAnswer, last: boolean): Buffer => {
    refreshDate();
    const fields = { ...headers, date, connection: last ? 'close' : 'keep-alive' };
    const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
    const head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n`;
    return Buffer.concat([Buffer.from(head, 'latin1'), body]);
  };
  return {
    error: write,
    outcome(outcome, encoding, last) {
      refreshDate();
      if (outcome.rejected.length > 0 || last) return write(answerOf(outcome, encoding), last);
      return (success[encoding] ??= write(answerOf(outcome, encoding), false));
    },
  };
}

function answerOf(outcome: ExportOutcome, encoding: OtlpEncoding): HttpAnswer {
  const body = encodeExportResponse(outcome, encoding);
  const headers = { 'content-type': mediaTypes[encoding], 'content-length': body.length };
  return { status: 200, headers, body };
}

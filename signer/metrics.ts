import type { SignAnswer } from './signer.ts';

/** What a signer counts. Its only writer is the signer itself. */
export type SignerMetrics = {
  readonly answers: Record<SignAnswer['kind'], number>;
  /** Requests that could not be carried out. */
  failures: number;
  /** Why the last of them could not. */
  trouble: string | null;
};

export function createSignerMetrics(): SignerMetrics {
  return { answers: { signed: 0, conflict: 0, refused: 0 }, failures: 0, trouble: null };
}

/** Prometheus text. Source: Prometheus text-based exposition format 0.0.4. */
export function renderSignerMetrics({ answers, failures }: SignerMetrics): string {
  const name = 'waybill_signer_answers_total';
  const failed = 'waybill_signer_failures_total';
  return [
    `# HELP ${name} Heads that were asked to be signed, by the answer.`,
    `# TYPE ${name} counter`,
    ...Object.entries(answers).map(([kind, count]) => `${name}{answer="${kind}"} ${count}`),
    `# HELP ${failed} Requests that could not be carried out.`,
    `# TYPE ${failed} counter`,
    `${failed} ${failures}`,
    '',
  ].join('\n');
}

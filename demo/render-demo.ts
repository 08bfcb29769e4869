import type { ChargesAnswer, CountsAnswer, TraceAnswer } from '../cli/answers.ts';
import type { EmbeddedAddresses } from '../cli/embedded.ts';
import type { Paint } from '../cli/render/paint.ts';
import { renderCharges, renderCounts } from '../cli/render/totals.ts';
import { renderTrace } from '../cli/render/trace.ts';
import { describeProblems } from './check-calls.ts';
import type { Check } from './check-calls.ts';

export type DemoAnswers = {
  /** By scene. */
  readonly traces: ReadonlyMap<string, TraceAnswer>;
  readonly counts: CountsAnswer;
  readonly charges: ChargesAnswer;
};

export type PlayedDemo = {
  readonly addresses: EmbeddedAddresses;
  readonly scenes: ReadonlyMap<string, string>;
  readonly check: Check;
  readonly answers: DemoAnswers;
  readonly tookMs: number;
  /** True when the pipeline ends with the demo. */
  readonly once: boolean;
};

/** What a person sees: the chains scene by scene, what they come to, and where to look next. */
export function renderDemo(demo: PlayedDemo, paint: Paint): string {
  const { answers, check } = demo;
  const colour = paint.bold('x') !== 'x';
  const chains = [...answers.traces].flatMap(([scene, trace]) => [
    paint.bold(`— ${scene}`),
    renderTrace(trace, { colour }),
    '',
  ]);
  return [
    ...chains,
    paint.bold('Calls by outcome'),
    renderCounts(answers.counts, paint),
    '',
    paint.bold('Cost by team'),
    renderCharges(answers.charges, paint),
    '',
    verdict(check, demo.tookMs, paint),
    '',
    ...whereNext(demo, paint),
  ].join('\n');
}

/** What a program sees: each scripted call with what was recorded of it. */
export function summarise({ addresses, scenes, check, answers, tookMs }: PlayedDemo): object {
  return {
    complete: check.isComplete,
    problems: describeProblems(check),
    calls: check.calls.map(({ scripted, call, differences }) => ({
      scripted,
      differences,
      record: call ?? null,
    })),
    scenes: Object.fromEntries(scenes),
    traces: Object.fromEntries(answers.traces),
    charges: answers.charges,
    addresses,
    tookMs,
  };
}

function verdict(check: Check, tookMs: number, paint: Paint): string {
  const seconds = (tookMs / 1000).toFixed(1);
  const count = check.calls.length;
  if (check.isComplete) {
    return paint.green(`All ${count} scripted calls are recorded as they happened (${seconds} s).`);
  }
  const problems = describeProblems(check).map((problem) => `  ${problem}`);
  return [paint.red(`Not all ${count} calls are recorded as scripted:`), ...problems].join('\n');
}

function whereNext(
  { addresses, scenes, check, once }: PlayedDemo,
  paint: Paint,
): readonly string[] {
  const { queryApi, otlpHttp, clickhouse, auditorKeyFile, producerKeyFile, dataDir } = addresses;
  const trace = scenes.get('the parent comes minutes later') ?? [...scenes.values()][0] ?? '';
  const refund = check.calls.find(({ scripted }) => scripted.what === 'refund_order')?.call?.callId;
  const asking = `--url ${queryApi} --key-file ${auditorKeyFile}`;
  return [
    paint.bold('Where to look next'),
    ...(once
      ? [`  npx waybill up --data-dir ${dataDir}   # brings it up again; then, at its addresses:`]
      : []),
    `  npx waybill trace ${trace} ${asking}`,
    `  npx waybill call ${refund ?? ''} ${asking}   # what became of a card number`,
    `  npx waybill calls --user ana@example.com ${asking}`,
    `  npx waybill charges --by team,model ${asking}`,
    `  curl -H "Authorization: Bearer $(cat ${auditorKeyFile})" "${queryApi}/v1/records?outcome=denied"`,
    `  Query API   ${queryApi}  (${queryApi}/openapi.json)`,
    `  ClickHouse  ${clickhouse}`,
    `  your spans  ${otlpHttp}  (OTLP/HTTP; key in ${producerKeyFile})`,
  ];
}

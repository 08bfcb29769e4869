import type { Grade, Outcome } from '../schemas/record-types.ts';

/** One call that the scripted agents make, and what the pipeline must make of it. */
export type ScriptedCall = {
  readonly scene: string;
  readonly user: string | null;
  readonly userGrade: Grade;
  readonly team: string;
  /** From the outermost to the one that acts. */
  readonly agents: readonly string[];
  readonly server: string;
  readonly method: 'tools/call' | 'resources/read' | 'prompts/get';
  /** Tool, resource or prompt. */
  readonly what: string;
  readonly outcome: Outcome;
  /** Of the whole chain: no stronger than its weakest link. */
  readonly grade: Grade;
};

const ana = { user: 'ana@example.com', userGrade: 'declared', team: 'payments' } as const;
const ben = { user: 'ben@example.com', userGrade: 'gateway', team: 'payments' } as const;
const chloe = { user: 'chloe@example.com', userGrade: 'declared', team: 'research' } as const;
const dana = { user: 'dana@example.com', userGrade: 'declared', team: 'platform' } as const;
const nobody = { user: null, userGrade: 'unknown', team: 'platform' } as const;

const tool = { method: 'tools/call', outcome: 'success', grade: 'declared' } as const;
const refunds = { ...tool, agents: ['refund-assistant'] };
const planner = { ...tool, agents: ['research-planner'] };

/** Every call of the demo that acts; discovery and housekeeping traffic comes on top. */
export const playbill: readonly ScriptedCall[] = [
  { scene: 'refund', ...ana, ...refunds, server: 'orders', what: 'get_order' },
  { scene: 'refund', ...ana, ...refunds, server: 'orders', what: 'refund_order' },
  {
    scene: 'refund over the limit',
    ...ana,
    ...refunds,
    server: 'orders',
    what: 'refund_order',
    outcome: 'tool_error',
  },
  { scene: 'through the gateway', ...ben, ...refunds, server: 'everything', what: 'get-sum' },
  {
    scene: 'denied by the gateway',
    ...ben,
    ...refunds,
    server: 'everything',
    what: 'get-env',
    outcome: 'denied',
  },
  {
    scene: 'research with a sub-agent',
    ...chloe,
    ...tool,
    agents: ['research-planner', 'paper-reader'],
    server: 'filesystem',
    what: 'read_text_file',
  },
  {
    scene: 'research with a sub-agent',
    ...chloe,
    ...planner,
    server: 'filesystem',
    what: 'list_directory',
  },
  {
    scene: 'a question that takes too long',
    ...chloe,
    ...planner,
    server: 'everything',
    what: 'trigger-long-running-operation',
    outcome: 'timed_out',
  },
  {
    scene: 'prompts and resources',
    ...chloe,
    ...planner,
    server: 'everything',
    method: 'prompts/get',
    what: 'simple-prompt',
  },
  {
    scene: 'prompts and resources',
    ...chloe,
    ...planner,
    server: 'everything',
    method: 'resources/read',
    what: 'demo://resource/static/document/features.md',
  },
  {
    scene: 'the server asks back',
    ...chloe,
    ...planner,
    server: 'everything',
    what: 'trigger-sampling-request',
  },
  {
    scene: 'the parent comes minutes later',
    ...dana,
    ...tool,
    agents: ['ops-runner'],
    server: 'memory',
    what: 'create_entities',
  },
  {
    scene: 'nobody asked: a nightly run',
    ...nobody,
    ...tool,
    agents: ['nightly-sync'],
    server: 'memory',
    what: 'read_graph',
    grade: 'unknown',
  },
];

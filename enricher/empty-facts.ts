import type { Facts } from '../schemas/record-types.ts';

/** Facts of which nothing is known. The order of the names is the order in which facts are kept in state. */
export const emptyFacts: Facts = {
  timeUs: 0,
  startTimeUs: 0,
  endTimeUs: 0,
  appendTimeUs: 0,
  durationUs: null,
  method: null,
  operation: 'unknown',
  user: null,
  userGrade: 'unknown',
  userKey: null,
  authMethod: null,
  onBehalfOf: null,
  roles: [],
  team: null,
  agent: null,
  agentId: null,
  agentVersion: null,
  agentGrade: 'unknown',
  parentAgent: null,
  agentDepth: 0,
  client: null,
  clientVersion: null,
  gateway: null,
  server: null,
  serverVersion: null,
  serverGrade: 'unknown',
  tool: null,
  toolDefinitionHash: null,
  prompt: null,
  resource: null,
  target: null,
  outcome: 'unknown',
  deniedBy: null,
  errorType: null,
  statusCode: null,
  retryCount: null,
  policyDecision: null,
  policyRule: null,
  approval: null,
  origin: 'unknown',
  grade: 'unknown',
  missing: [],
  traceId: '',
  spanId: '',
  parentSpanId: null,
  jsonrpcId: null,
  conversation: null,
  session: null,
  modelProvider: null,
  model: null,
  host: null,
  region: null,
  source: null,
  destination: null,
  transport: null,
  bytesIn: null,
  bytesOut: null,
  inputTokens: null,
  outputTokens: null,
  costNano: null,
  currency: null,
  costSource: 'unknown',
  dataClasses: [],
  purpose: null,
  breakGlass: null,
  captureMethod: 'auto',
  retentionClass: null,
  dataRegion: null,
  configVersion: -1,
  hops: 0,
  dialects: [],
  producers: [],
  flags: [],
};

const names = Object.keys(emptyFacts).map(asName);

/** The values of facts without their names: state holds them for every published call. */
export function packFacts(facts: Facts): readonly unknown[] {
  return names.map((name) => facts[name]);
}

/** The facts that {@link packFacts} packed. */
export function unpackFacts(values: readonly unknown[]): Facts {
  const facts = { ...emptyFacts };
  for (const [index, name] of names.entries()) Object.assign(facts, { [name]: values[index] });
  return facts;
}

function asName(name: string): keyof Facts {
  if (!isName(name)) throw new Error(`There is no fact ${name}.`);
  return name;
}

function isName(name: string): name is keyof Facts {
  return name in emptyFacts;
}

import type { Subject } from '../schemas/record-types.ts';
import type { Texts } from './draft.ts';
import type { IdentityStatement } from './reading.ts';

/** Identities as the span itself says what kind of principal they name: a service account under a user's key is no person. */
export function subjectsOf(
  identities: readonly IdentityStatement[],
  { principalType, authMethod }: Texts,
): readonly IdentityStatement[] {
  const said = principalType === undefined ? undefined : subjects.get(principalType.toLowerCase());
  const isMachine = authMethod !== undefined && machineMethods.has(authMethod.toLowerCase());
  const subject = said ?? (isMachine ? 'service' : undefined);
  if (subject === undefined) return identities;
  return identities.map((one) => (one.subject === 'person' ? { ...one, subject } : one));
}

const subjects: ReadonlyMap<string, Subject> = new Map<string, Subject>([
  ['service', 'service'],
  ['service_account', 'service'],
  ['serviceaccount', 'service'],
  ['service-account', 'service'],
  ['machine', 'service'],
  ['workload', 'service'],
  ['bot', 'service'],
  ['application', 'client'],
  ['client', 'client'],
  ['agent', 'agent'],
  ['anonymous', 'anonymous'],
]);

/** Ways to authenticate by which no person does. */
const machineMethods: ReadonlySet<string> = new Set([
  'client_credentials',
  'client-credentials',
  'service_account',
  'workload_identity',
  'mtls',
]);

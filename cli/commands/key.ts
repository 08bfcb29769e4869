import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Grant, Proof } from '../../registry/change-credentials.ts';
import {
  successorId,
  withGrant,
  withSuccessor,
  withoutKey,
} from '../../registry/change-credentials.ts';
import { changeCredentials, loadCredentials } from '../../registry/credential-file.ts';
import type { Credential } from '../../registry/credentials.ts';
import { createKey, readerRoles } from '../../registry/credentials.ts';
import { isKeyVersionFile } from '../../registry/key-ring.ts';
import type { Arguments, Command, Option } from '../command.ts';
import { CommandFailure, exitCodes } from '../failure.ts';
import { FIRST_TENANT, keyFilesOf, writeSecret } from '../first-start.ts';
import { renderTable } from '../render/table.ts';
import type { Terminal } from '../terminal.ts';

const whereOptions: Readonly<Record<string, Option>> = {
  'data-dir': { type: 'string', value: 'DIR', means: 'the data directory (./waybill-data)' },
  credentials: {
    type: 'string',
    value: 'FILE',
    means: 'the credentials file, where it is not that of a data directory',
  },
  json: { type: 'boolean', means: 'the answer as JSON, for programs' },
};

/** Shows which keys are in force, and never a key. */
export const keysCommand: Command = {
  name: 'keys',
  summary: 'the bearer keys that are in force: whose they are, what they may do, when they end',
  positionals: [],
  options: whereOptions,
  async run(given, terminal) {
    const credentials = await loadCredentials(credentialsFile(given)).catch(explain);
    if (given.flag('json')) {
      const shown = credentials.map((credential) => ({ ...credential, sha256: undefined }));
      terminal.out(JSON.stringify({ keys: shown }));
    } else {
      terminal.out(renderKeys(credentials, terminal));
    }
    return exitCodes.ok;
  },
};

/** Creates, rotates and revokes keys by changing the credentials file, which running roles follow within a moment. */
export const keyCommand: Command = {
  name: 'key',
  summary: 'create, rotate or revoke a bearer key; running roles follow without a restart',
  positionals: ['<create|rotate|revoke>', '<key-id>'],
  options: {
    producer: { type: 'string', value: 'NAME', means: 'create: sends OTLP as this producer' },
    trust: {
      type: 'string',
      value: 'CLASS',
      means: 'create: application, or gateway for what authenticates people itself (application)',
    },
    role: {
      type: 'string',
      value: 'ROLE',
      means: 'create: reads as auditor, finops, operator or privacy',
    },
    tenant: { type: 'string', value: 'TENANT', means: `create: the tenant (${FIRST_TENANT})` },
    expires: {
      type: 'string',
      value: 'AGE',
      means: 'ends by itself after 12h, 90d, …; rotate: needed where the old key ends',
    },
    overlap: {
      type: 'string',
      value: 'AGE',
      means: 'rotate: how long the old key still holds (24h)',
    },
    certificate: {
      type: 'string',
      value: 'NAME',
      means: 'create: no key, but client certificates with this name (URI:spiffe://… or DNS:…)',
    },
    client: {
      type: 'string',
      value: 'ID',
      means: 'create: no key, but access tokens of this client',
    },
    issuer: { type: 'string', value: 'URL', means: 'create: the issuer of that client’s tokens' },
    'key-file': { type: 'string', value: 'FILE', means: 'where the new key is put, mode 0600' },
    ...whereOptions,
  },
  examples: [
    'waybill key create billing --producer billing-agent --expires 90d',
    'waybill key create mesh --producer billing-agent --certificate URI:spiffe://acme/agents/billing',
    'waybill key rotate billing --overlap 2h',
    'waybill key revoke billing',
  ],
  async run(given, terminal) {
    const [action = '', keyId = ''] = given.positionals;
    checkName('a key id', keyId);
    const act = Object.hasOwn(actions, action) ? actions[action] : undefined;
    if (!act) throw usage(`there is no action "${action}"; create, rotate and revoke are`);
    const said = await act(given, keyId).catch(explain);
    terminal.out(given.flag('json') ? JSON.stringify(said) : sentence(said));
    return exitCodes.ok;
  },
};

type Done = {
  readonly action: 'created' | 'rotated' | 'revoked';
  readonly keyId: string;
  readonly keyFile?: string;
};

const actions: Readonly<
  Partial<Record<string, (given: Arguments, keyId: string) => Promise<Done>>>
> = {
  async create(given, keyId) {
    const grant = grantOf(given);
    const nowMs = Date.now();
    const add = (proof: Proof) => (credentials: readonly Credential[]) =>
      withGrant(credentials, proof, grant, endOf(given, nowMs));
    const proof = otherProofOf(given, keyId);
    if (!proof) return withNewKey(given, keyId, 'created', add);
    await changeCredentials(credentialsFile(given), add(proof));
    return { action: 'created', keyId };
  },
  async rotate(given, keyId) {
    const nowMs = Date.now();
    const untilMs = nowMs + milliseconds(given.text('overlap') ?? '24h', '--overlap');
    const times = { nowMs, untilMs, expiresAt: endOf(given, nowMs) };
    const before = await loadCredentials(credentialsFile(given));
    const ends = before.find((credential) => credential.keyId === keyId)?.expiresAt;
    // A key that was made for a time is not to become one without end by being renewed.
    if (ends !== undefined && times.expiresAt === undefined) {
      throw usage(`${keyId} ends at ${ends}: say with --expires when its successor does`);
    }
    const next = successorId(before, keyId);
    return withNewKey(given, next, 'rotated', (proof) => (credentials) => {
      return withSuccessor(credentials, keyId, proof, times);
    });
  },
  async revoke(given, keyId) {
    await changeCredentials(credentialsFile(given), (all) => withoutKey(all, keyId));
    return { action: 'revoked', keyId };
  },
};

type Change = (credentials: readonly Credential[]) => readonly Credential[];

/** The key is on disk before its credential is: a credential whose key nobody has would be of no use. */
async function withNewKey(
  given: Arguments,
  keyId: string,
  action: 'created' | 'rotated',
  change: (proof: Proof) => Change,
): Promise<Done> {
  const keyFile = given.text('key-file') ?? join(keyFilesOf(dataDir(given)).folder, `${keyId}.key`);
  // Beside the master key it would be read as one of a tenant's, and be refused at every start.
  if (isKeyVersionFile(basename(keyFile))) {
    throw usage(`${basename(keyFile)} is the name of a version of a redaction key: choose another`);
  }
  const made = createKey(keyId);
  await writeSecret(keyFile, made.key, 'new');
  try {
    await changeCredentials(credentialsFile(given), change(made.credential));
  } catch (error) {
    await rm(keyFile, { force: true });
    throw error;
  }
  return { action, keyId, keyFile };
}

/** What proves who it is in place of a key of ours; nothing where a key is to be made. */
function otherProofOf(given: Arguments, keyId: string): Proof | undefined {
  const certificate = given.text('certificate');
  const clientId = given.text('client');
  const issuer = given.text('issuer');
  if (certificate !== undefined && clientId !== undefined) {
    throw usage('say --certificate or --client, and not both');
  }
  if ((clientId === undefined) !== (issuer === undefined)) {
    throw usage('--client ID and --issuer URL belong together');
  }
  if (certificate !== undefined && !/^(?:URI|DNS):[^\s,"]+$/u.test(certificate)) {
    throw usage(`--certificate ${certificate} is no name such as URI:spiffe://acme/agent or DNS:a`);
  }
  if (certificate !== undefined) return { keyId, certificate };
  if (clientId === undefined || issuer === undefined) return undefined;
  return { keyId, client: { issuer, clientId } };
}

function grantOf(given: Arguments): Grant {
  const tenant = given.text('tenant') ?? FIRST_TENANT;
  checkName('a tenant', tenant);
  const producer = given.text('producer');
  if (producer !== undefined) checkName('a producer', producer);
  const role = given.text('role');
  if ((producer === undefined) === (role === undefined)) {
    throw usage('say --producer NAME for a key that sends, or --role ROLE for one that reads');
  }
  if (role !== undefined) {
    const known = readerRoles.find((one) => one === role);
    if (known === undefined) {
      throw usage(`there is no role "${role}"; auditor, finops, operator and privacy are`);
    }
    return { use: 'reader', tenant, role: known };
  }
  const trust = given.text('trust') ?? 'application';
  if (trust !== 'application' && trust !== 'gateway') {
    throw usage(`there is no trust class "${trust}"; application and gateway are`);
  }
  return { use: 'producer', tenant, producer: producer ?? '', trust };
}

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

function milliseconds(age: string, option: string): number {
  const [, count, unit] = /^(\d{1,6})([smhd])$/u.exec(age) ?? [];
  if (unit === undefined) throw usage(`${option} ${age} is no age such as 90s, 15m, 24h or 7d`);
  return Number(count) * (UNIT_MS[unit] ?? 0);
}

function endOf(given: Arguments, nowMs: number): string | undefined {
  const age = given.text('expires');
  if (age === undefined) return undefined;
  return new Date(nowMs + milliseconds(age, '--expires')).toISOString();
}

function dataDir(given: Arguments): string {
  return given.text('data-dir') ?? 'waybill-data';
}

function credentialsFile(given: Arguments): string {
  return given.text('credentials') ?? keyFilesOf(dataDir(given)).credentialsFile;
}

function sentence({ action, keyId, keyFile }: Done): string {
  return keyFile === undefined
    ? `${keyId} is ${action}${action === 'revoked' ? '; it is refused from now on' : ''}.`
    : `${keyId} is ${action}; the key is in ${keyFile}.`;
}

function renderKeys(credentials: readonly Credential[], { paint }: Terminal): string {
  const columns = ['key', 'tenant', 'may', 'by', 'ends'].map((title) => ({ title }));
  const rows = credentials.map((credential) => [
    credential.keyId,
    credential.tenant,
    credential.use === 'producer'
      ? `send as ${credential.producer} (${credential.trust})`
      : `read as ${credential.role}`,
    proofOf(credential),
    credential.expiresAt ?? '',
  ]);
  return renderTable(columns, rows, paint);
}

function checkName(what: string, name: string): void {
  if (/^[A-Za-z0-9._-]{1,64}$/u.test(name)) return;
  throw usage(`${what} has letters, digits, dots, dashes and underscores, at most 64`);
}

function proofOf({ certificate, client }: Credential): string {
  if (certificate !== undefined) return `certificate ${certificate}`;
  return client === undefined ? 'key' : `client ${client.clientId} of ${client.issuer}`;
}

function usage(what: string): CommandFailure {
  return new CommandFailure('usage', `waybill key: ${what}.\nSee waybill key --help.`);
}

/** A file that is missing, damaged or locked, and a change that is refused, are told as they are. */
function explain(cause: unknown): never {
  if (cause instanceof CommandFailure) throw cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  throw new CommandFailure('failed', `waybill key: ${why}`, cause);
}

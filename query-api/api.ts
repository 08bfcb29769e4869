import type { EventLog } from '../event-log/event-log.ts';
import type { Credential, ReaderCredential } from '../registry/credentials.ts';
import type { KeyRing } from '../registry/key-ring.ts';
import type { TenantPolicies } from '../registry/tenant-policies.ts';
import type { Directory } from './directory.ts';
import type { QueryApiLimits } from './config.ts';
import type { QueryApiMetrics } from './metrics.ts';
import type { Permission } from './permissions.ts';
import type { ReadTrail } from './trail/read-trail.ts';
import type { RecordReader } from './queries/statement.ts';

/** What every route works with. */
export type QueryApi = {
  readonly store: RecordReader;
  readonly log: Pick<EventLog, 'partitions' | 'range' | 'inspect' | 'append' | 'read'>;
  readonly trail: ReadTrail;
  /** Since when the log does not take what is written, milliseconds since the epoch; null: it does. */
  readonly downSinceMs: () => number | null;
  readonly directory: Directory;
  /** Those in force now: a key that was taken out is refused soon after. */
  readonly credentials: () => readonly Credential[];
  readonly keys: KeyRing;
  /** By which what was typed is redacted before it is recorded. */
  readonly policies: Pick<TenantPolicies, 'inForce'>;
  readonly nowMs: () => number;
  readonly limits: QueryApiLimits;
  readonly metrics: QueryApiMetrics;
};

/** Who asks: fixed by the key, never by a parameter. */
export type Reader = Pick<ReaderCredential, 'keyId' | 'tenant' | 'role'>;

/** A request after its syntax is checked: query string and path parameters by name. */
export type Input = {
  readonly query: Readonly<Record<string, unknown>>;
  readonly params: Readonly<Record<string, string>>;
};

export type Answer = {
  readonly body: Readonly<Record<string, unknown>>;
  /** Rows given, for the trail. */
  readonly rows: number;
  /** What was asked, for the trail, which redacts it: people as principal ids, no token. */
  readonly asked: Readonly<Record<string, unknown>>;
};

/** One data route. `mistakes` are what the JSON schema cannot say; they are told together with what it can. */
export type Route = {
  readonly path: string;
  readonly permission: Permission;
  readonly summary: string;
  readonly schema: {
    readonly querystring: object;
    readonly params?: object;
    readonly answer: object;
  };
  mistakes(api: QueryApi, input: Input): readonly string[];
  answer(api: QueryApi, reader: Reader, input: Input): Promise<Answer>;
};

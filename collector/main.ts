import type { EventLog, SharedWork } from '../event-log/event-log.ts';
import { openEventLog } from '../event-log/open-log.ts';
import { logsJsonToProtobuf } from '../otlp/json-logs.ts';
import { tracesJsonToProtobuf } from '../otlp/json-to-protobuf.ts';
import { createClientTokens } from '../registry/client-tokens.ts';
import { watchCredentials } from '../registry/credential-file.ts';
import type { CredentialWatch } from '../registry/credential-file.ts';
import { followKeys } from '../registry/follow-keys.ts';
import type { KeyRing } from '../registry/key-ring.ts';
import type { TenantPolicies } from '../registry/tenant-policies.ts';
import { createTenantPolicies } from '../registry/tenant-policies.ts';
import { limits } from '../schemas/limits.ts';
import type { RunningRole } from '../schemas/role.ts';
import type { Signal } from '../schemas/topics.ts';
import { createExportAcceptor } from './accept-export.ts';
import { createPolicyAnnouncer } from './announce-policy.ts';
import { createAuthenticator } from './authenticate.ts';
import { createByteBudget } from './byte-budget.ts';
import { createGroupComposer } from './compose-group.ts';
import type { GroupComposer } from './compose-group.ts';
import type { CollectorConfig } from './config.ts';
import { createGroupCommit } from './group-commit.ts';
import type { GroupCommit, GroupCommitOptions } from './group-commit.ts';
import { readKeys } from './master-key.ts';
import { createSpanNumbering } from './number-spans.ts';
import type { SpanNumbering } from './number-spans.ts';
import { sendHeartbeat, sendHeartbeats } from './send-heartbeats.ts';
import type { HeartbeatParts } from './send-heartbeats.ts';
import { createCollectorMetrics } from './metrics.ts';
import type { CollectorMetrics } from './metrics.ts';
import { createGrpcReceiver } from './receive-grpc.ts';
import { createHttpReceiver } from './receive-http.ts';
import type { ReceiverParts } from './receive-http.ts';
import { createNameSealer, createRewriters } from './rewrite-for-producer.ts';
import { stopInTime } from './stop-in-time.ts';
import { followForeignTopics } from './take-foreign.ts';
import { traceRequests } from './trace-requests.ts';

/** Starts the collector on the embedded log. Rejects when a file, the log or a port cannot be had; then nothing is left open. */
export async function startCollector(config: CollectorConfig): Promise<RunningRole> {
  const keys = await readKeys(config.masterKeyFile);
  const metrics = createCollectorMetrics();
  const credentials = await watchCredentials(config.credentialsFile, {
    pollMs: config.credentialsPollMs,
    onProblem: () => metrics.add('waybill_collector_credential_problems_total', 1),
  });
  const { diskFreeBytesMin, lagMsMax } = config;
  const eventLog = await openEventLog(config, { limits: { diskFreeBytesMin, lagMsMax } });
  try {
    const policies = createTenantPolicies(eventLog, keys);
    await policies.catchUp();
    return await startReceivers({ config, keys, policies, metrics, credentials, eventLog });
  } catch (error) {
    credentials.stop();
    await eventLog.close();
    throw error;
  }
}

const SWEEP_MS = 20;

type Opened = {
  readonly config: CollectorConfig;
  readonly keys: KeyRing;
  readonly policies: TenantPolicies;
  readonly metrics: CollectorMetrics;
  readonly credentials: CredentialWatch;
  readonly eventLog: EventLog;
};

async function startReceivers(opened: Opened): Promise<RunningRole> {
  const { config } = opened;
  const compose = buildComposer(opened);
  const rewriters = createRewriters(opened.policies, opened.eventLog.partitions, opened.metrics);
  const lanes: SpanNumbering[] = [];
  const newLane = (): SpanNumbering => {
    const lane = createSpanNumbering();
    lanes.push(lane);
    return lane;
  };
  const own = newLane();
  const groupCommit = buildGroupCommit(opened, (submissions) => compose(submissions, own));
  const parts = buildReceiverParts(opened, rewriters, groupCommit);
  const http = createHttpReceiver(parts);
  const grpc = createGrpcReceiver(parts);
  const otlpHttp = await http.listen({ host: config.host, port: config.otlpHttpPort });
  const grpcPort = await grpc.listen(config.host, config.otlpGrpcPort).catch(async (error) => {
    await http.close();
    throw error;
  });
  const foreign = await followForeign(opened, rewriters, compose, newLane).catch(async (error) => {
    await Promise.all([http.close(), grpc.close(config.stopWaitMsMax)]);
    throw error;
  });
  const failed = Promise.withResolvers<never>();
  http.server.once('error', failed.reject);
  const ending = new AbortController();
  const following = Promise.all([
    opened.policies.follow(ending.signal),
    followNewKeys(opened, ending.signal),
    sendHeartbeats(heartbeatsOf(opened, lanes), ending.signal),
  ]);
  void following.catch(failed.reject);
  for (const work of foreign) void work.failed.catch(failed.reject);
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    opened.credentials.stop();
    ending.abort();
    const endings = [
      http.close(),
      grpc.close(config.stopWaitMsMax),
      groupCommit.drain(),
      ...foreign.map((work) => work.stop()),
    ];
    // A connection that is idle only after its last answer would otherwise be waited for until its sender leaves.
    const sweep = setInterval(() => http.server.closeIdleConnections(), SWEEP_MS);
    await stopInTime(endings, config.stopWaitMsMax);
    clearInterval(sweep);
    http.server.closeAllConnections();
    // One of them may be waiting for a log that does not answer.
    await stopInTime([following], config.stopWaitMsMax);
    await stopInTime([sendHeartbeat(heartbeatsOf(opened, lanes))], config.stopWaitMsMax);
    await stopInTime([opened.eventLog.close()], config.stopWaitMsMax);
  };
  return {
    addresses: { otlpHttp, otlpGrpc: `http://${new URL(otlpHttp).hostname}:${grpcPort}` },
    failed: failed.promise,
    stop: () => (stopping ??= stop()),
  };
}

function heartbeatsOf(
  { config, metrics, eventLog: log }: Opened,
  lanes: readonly SpanNumbering[],
): HeartbeatParts {
  return { log, lanes, everyMs: config.heartbeatMs, metrics };
}

function followNewKeys(opened: Opened, signal: AbortSignal): Promise<void> {
  const { keys, policies, metrics, eventLog: log } = opened;
  const onProblem = () => metrics.add('waybill_collector_key_problems_total', 1);
  const { keysPollMs: pollMs } = opened.config;
  return followKeys({ log, keys, policies, clock: Date.now, pollMs, onProblem }, signal);
}

const jsonToProtobuf = { traces: tracesJsonToProtobuf, logs: logsJsonToProtobuf };

type Rewriters = ReturnType<typeof createRewriters>;

function followForeign(
  { config, metrics, eventLog }: Opened,
  rewriters: Rewriters,
  compose: GroupComposer,
  newLane: () => SpanNumbering,
): Promise<readonly SharedWork[]> {
  const { requestBytesMax } = config;
  const { messageBytesMax } = limits;
  const limited = { requestBytesMax, messageBytesMax };
  const intake = { rewriters, jsonToProtobuf, compose, newLane, ...limited, metrics };
  return followForeignTopics(config.foreignTopics, eventLog.foreign, intake);
}

function buildComposer({ config, keys, policies }: Opened): GroupComposer {
  return createGroupComposer({
    messageBytesMax: limits.messageBytesMax,
    directoryCacheMax: config.directoryCacheMax,
    sealName: createNameSealer(keys.master),
    announce: createPolicyAnnouncer((...told) => policies.isAnnounced(...told), Date.now),
  });
}

function buildGroupCommit(opened: Opened, compose: GroupCommitOptions['compose']): GroupCommit {
  const { config, metrics, eventLog } = opened;
  return createGroupCommit({
    append: (messages) => eventLog.append(messages),
    compose,
    limits: config,
    metrics,
    nowMs: () => performance.now(),
  });
}

function buildReceiverParts(
  opened: Opened,
  rewriters: Rewriters,
  groupCommit: GroupCommit,
): ReceiverParts {
  const { config, metrics, credentials } = opened;
  const { messageBytesMax } = limits;
  const accept = (signal: Signal) => {
    const rewrite = rewriters[signal];
    const options = { signal, rewrite, groupCommit, messageBytesMax, metrics };
    return traceRequests(createExportAcceptor(options), signal);
  };
  return {
    config,
    authenticator: createAuthenticator({
      current: () => credentials.current(),
      tokens: createClientTokens({
        issuers: config.tokenIssuers,
        rememberedMax: config.authenticationCacheMax,
        nowMs: Date.now,
        onProblem: () => metrics.add('waybill_collector_credential_problems_total', 1),
      }),
      rememberedMax: config.authenticationCacheMax,
      nowMs: Date.now,
    }),
    budget: createByteBudget(config, metrics, () => performance.now()),
    accept: accept('traces'),
    metrics,
    jsonToProtobuf: jsonToProtobuf.traces,
    logs: { accept: accept('logs'), jsonToProtobuf: jsonToProtobuf.logs },
    ready: () => groupCommit.healthy(),
  };
}

/** The topics of the event log (ARCHITECTURE.md). A name never changes its meaning; a new meaning gets `.v2`. */
export const topics = {
  spans: 'waybill.spans.v1',
  /** What the owners of traces tell each other of calls whose spans lie in several. */
  joins: 'waybill.joins.v1',
  records: 'waybill.records.v1',
  registry: 'waybill.registry.v1',
  /** Who read what; apart from what is declared, which is read whole at every start. */
  reads: 'waybill.reads.v1',
  /** Signed tree heads and the signer's policies: what the meta log is made of. */
  checkpoints: 'waybill.checkpoints.v1',
  directory: 'waybill.directory.v1',
  deadLetters: 'waybill.dead-letters.v1',
} as const;
export type Topic = (typeof topics)[keyof typeof topics];

/** Topics with one message a key kept: an append replaces the earlier message of its key, a null value forgets it. */
export const compactedTopics: ReadonlySet<Topic> = new Set([topics.directory]);

/** Topics that share the deployment's partition count; the others have one partition. */
export const partitionedTopics: ReadonlySet<Topic> = new Set([
  topics.spans,
  topics.joins,
  topics.records,
]);

/** Header names of a message. Every message of `spans` carries tenant, producer and trust, and never mixes them. */
export const headerNames = {
  tenant: 'tenant',
  producer: 'producer',
  trust: 'trust',
  /** What the message is: see {@link spanMessageKinds}; absent means `spans`. */
  kind: 'kind',
  /** How many spans or log records it holds, decimal: what the sender was told is accepted. */
  spans: 'spans',
  /**
   * `<run>/<from>`: the run of a collector that appended it, 16 hex digits, and how many spans of this tenant and producer that run had appended
   * to the partition before. So the numbers of a message are `from` and the `spans` after it; a hole in them is a message that is gone.
   */
  run: 'run',
  /** The redaction policy that was in force: the offset of the event that declared it; absent for the built-in one. */
  policy: 'policy',
  /**
   * Of a record whose payload is encrypted: what blinds its leaf; empty where the key of its home trace was destroyed before. Absent: its payload lies
   * there as it is.
   */
  blind: 'blind',
  /** Of a record: which numbered spans it holds, `<stream>/<number>/<producer>` by commas; the producer is percent-encoded. */
  numbers: 'numbers',
} as const;

/**
 * Kinds of message in a spans partition. Whatever the enricher decides by (time that passes, registry facts) is a message
 * of its own input partition, so that a replay sees the same things in the same order and decides alike.
 */
export const spanMessageKinds = {
  spans: 'spans',
  /** OTLP `LogsData`: log records lie beside the spans that they belong to, so that their order is one. */
  logs: 'logs',
  tick: 'tick',
  /** A collector that lives: `run` says up to where it counted a producer's spans; without a producer it only lives. */
  heartbeat: 'heartbeat',
  registry: 'registry',
  /** Its value: up to which offset of the partition's joins are to be taken, decimal, that one left out. */
  joins: 'joins',
} as const;

/** The signals of OTLP that are taken, and what the messages of each are called. */
export const signalMessageKinds = {
  traces: spanMessageKinds.spans,
  logs: spanMessageKinds.logs,
} as const;
export type Signal = keyof typeof signalMessageKinds;

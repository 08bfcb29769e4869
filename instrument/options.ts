import type { Attributes, TracerProvider } from '@opentelemetry/api';

/** How an endpoint is instrumented. Everything has a default; nothing sensitive is recorded unless asked for. */
export type InstrumentOptions = {
  /** Who makes the spans. Default: the globally registered provider, also one that is registered later. */
  readonly tracerProvider?: TracerProvider | undefined;
  /** Records arguments and results of tools and variables of prompts (opt-in in the standard: they are sensitive). Default false. */
  readonly captureContent?: boolean | undefined;
  /** Longest recorded argument, result or variable in UTF-16 units; what is longer is cut. Default 65,536. */
  readonly contentCharsMax?: number | undefined;
  /** Puts `mcp.resource.uri` into span names (opt-in in the standard: it has many values). Default false. */
  readonly resourceUriInSpanName?: boolean | undefined;
  /**
   * Adds the attributes of a `tools/call` to the active `execute_tool` span of the same tool instead of starting a client span.
   * Default false, because the span belongs to another instrumentation: a retry inside it would hide behind the first call.
   */
  readonly enrichExecuteTool?: boolean | undefined;
  /** Put on every span of this endpoint: what only you know of it, e.g. `mcp.server.name`, which the standard has not. Default none. */
  readonly attributes?: Attributes | undefined;
  /** Numbers the spans of this process, so that a lost one can be named. Default true. */
  readonly numberSpans?: boolean | undefined;
  /** Time between two heartbeats of this process in milliseconds; 0 for none, and none without numbers. The first endpoint's holds. Default 60,000. */
  readonly heartbeatMs?: number | undefined;
  /** What a transport of your own runs on. Default: known by the SDK's transports. */
  readonly network?: NetworkFacts | undefined;
};

export type NetworkFacts = {
  readonly transport?: 'pipe' | 'tcp' | 'quic' | undefined;
  readonly protocolName?: string | undefined;
  readonly serverAddress?: string | undefined;
  readonly serverPort?: number | undefined;
};

/** Longest status description in UTF-16 units: a JSON-RPC error message is the peer's text and has no bound of its own. */
export const statusMessageCharsMax = 1_024;

export const contentCharsMaxDefault = 65_536;

import { NodeSDK } from '@opentelemetry/sdk-node';

/** Starts the whole OpenTelemetry SDK from its environment alone: OTLP over HTTP in protobuf. Gives back how to flush and stop it. */
export function startAgentTelemetry(): () => Promise<void> {
  const sdk = new NodeSDK({ instrumentations: [] });
  sdk.start();
  return () => sdk.shutdown();
}

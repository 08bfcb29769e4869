import type { TestProject } from 'vitest/node';
import { startBrokers } from './start-brokers.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** `host:port` of the broker that all files of the kind share. */
    readonly brokers: readonly string[];
  }
}

/** One broker of one node for the whole run: it takes seconds to start, and tests keep apart by their topics' prefix. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const brokers = await startBrokers({ nodes: 1 });
  project.provide('brokers', brokers.addresses);
  return () => brokers.stop();
}

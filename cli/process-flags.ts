import { setFlagsFromString } from 'node:v8';

/**
 * To be called before the first worker starts. Buffers of requests, batches and blocks live for milliseconds, but V8 counts them
 * against a fixed limit of 64 MiB and then marks the whole heap, several times a second under load; measured against the heap's own
 * limit, they are freed with the young generation.
 */
export function setProcessFlags(): void {
  setFlagsFromString('--external-memory-accounted-in-global-limit');
}

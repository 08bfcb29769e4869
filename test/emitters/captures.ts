import { existsSync, readFileSync, readdirSync } from 'node:fs';
import type { Capture } from './otlp-capture.ts';

export const captureFolder = 'test/emitters/captures';

/** The names of the emitters of which there is a capture. */
export function capturedEmitters(): readonly string[] {
  return existsSync(captureFolder) ? readdirSync(captureFolder).toSorted() : [];
}

/** What an emitter sent when it was captured; a signal that it did not use is empty. */
export function readCapture(name: string): Capture {
  return {
    traces: readSignal(name, 'traces') ?? {},
    logs: readSignal(name, 'logs') ?? {},
  };
}

function readSignal(name: string, signal: 'traces' | 'logs'): object | undefined {
  const path = `${captureFolder}/${name}/${signal}.json`;
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as object) : undefined;
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from './api-client.ts';
import type { Arguments, Option } from './command.ts';
import { CommandFailure, NotYetFailure } from './failure.ts';
import { retryAfterMs } from './post-otlp.ts';
import type { Terminal } from './terminal.ts';

const WAIT_SECONDS = 60;

/** The option of commands that ask for what is signed and proved some moments after it came in. */
export const waitOption: Readonly<Record<string, Option>> = {
  wait: {
    type: 'string',
    value: 'SECONDS',
    means: `asks again so long for what is not ready, e.g. proved, yet (${WAIT_SECONDS})`,
  },
};

export function waitMsOf(command: string, given: Arguments): number {
  const text = given.text('wait') ?? String(WAIT_SECONDS);
  if (/^\d{1,5}$/.test(text)) return Number(text) * 1000;
  const why = `--wait is a number of seconds, not ${text}`;
  throw new CommandFailure('usage', `waybill ${command}: ${why}.`);
}

type Patience = {
  /** For one answer, from its first refusal on. */
  readonly waitMsMax: number;
  readonly terminal: Pick<Terminal, 'note' | 'progress'>;
};

/** A client that asks a question again, after the time that the answer names, while it may still be answered; the last refusal is thrown. */
export function askAgain(client: Pick<ApiClient, 'get'>, patience: Patience): typeof client {
  return {
    get: async (path, parameters) => again(async () => client.get(path, parameters), patience),
  };
}

async function again<Answer>(
  ask: () => Promise<Answer>,
  { waitMsMax, terminal }: Patience,
): Promise<Answer> {
  let deadlineMs: number | undefined;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof NotYetFailure)) throw error;
      if (deadlineMs === undefined && waitMsMax > 0) {
        terminal.note(`${firstLine(error)} Asked again for up to ${waitMsMax / 1000} s.`);
      }
      const nowMs = performance.now();
      deadlineMs ??= nowMs + waitMsMax;
      const leftMs = deadlineMs - nowMs;
      if (leftMs <= 0) throw givenUp(error, waitMsMax);
      terminal.progress(`not ready yet, ${Math.ceil(leftMs / 1000)} s left`);
      const waitMs = retryAfterMs(error.retryAfter, attempt);
      await sleep(Math.min(leftMs, Math.max(WAIT_MS_MIN, waitMs)));
    }
  }
}

/** Also where a server says: at once. */
const WAIT_MS_MIN = 100;

function firstLine({ message }: Error): string {
  return message.split('\n', 1)[0] ?? '';
}

function givenUp(error: NotYetFailure, waitMsMax: number): CommandFailure {
  const asked = `It was asked again for ${waitMsMax / 1000} s; --wait SECONDS asks for longer.`;
  return new CommandFailure('failed', `${error.message}\n${asked}`, error);
}

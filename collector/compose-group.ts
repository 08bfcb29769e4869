import type { NewMessage } from '../event-log/event-log.ts';
import type { Part } from '../otlp/part-builder.ts';
import type { ProducerCredential } from '../registry/credentials.ts';
import type { SeenPrincipal } from '../schemas/redactor.ts';
import type { Signal } from '../schemas/topics.ts';
import { headerNames, topics } from '../schemas/topics.ts';
import type { PolicyAnnouncer } from './announce-policy.ts';
import type { SpanNumbering } from './number-spans.ts';
import { packMessages } from './pack-messages.ts';
import type { ExportOutcome } from './export-response.ts';

/** What one request brings to the log. */
export type Submission = {
  readonly producer: ProducerCredential;
  readonly signal: Signal;
  readonly parts: readonly Part[];
  /** Names seen in it, for the directory. */
  readonly principals: readonly SeenPrincipal[];
  readonly rejected: ExportOutcome['rejected'];
  readonly requestBytes: number;
  /** Where it was read from, of what did not come as a request. */
  readonly origin?: ForeignOrigin;
};

export type ForeignOrigin = {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
};

/** Everything one append takes. `committed` MUST be called once the append is durable, and not otherwise. */
export type Group = {
  readonly messages: readonly NewMessage[];
  readonly directoryEntries: number;
  committed(): void;
};

/** `lane`: the numbering of whoever appends the groups, one at a time. */
export type GroupComposer = (submissions: readonly Submission[], lane: SpanNumbering) => Group;

export type ComposerOptions = {
  readonly messageBytesMax: number;
  readonly directoryCacheMax: number;
  /** Encrypts a principal's name under its tenant's key. */
  readonly sealName: (tenant: string, principal: SeenPrincipal) => Uint8Array;
  readonly announce: PolicyAnnouncer;
};

/**
 * Composes groups, and remembers which principals the directory already has. The memory forgets the oldest: an entry
 * written again replaces its equal, for the topic is compacted.
 */
export function createGroupComposer(options: ComposerOptions): GroupComposer {
  const written = new Set<string>();
  return (submissions, lane) => {
    const numbers = lane.startGroup();
    const fresh = freshPrincipals(submissions, written, options.sealName);
    const announced = options.announce(submissions);
    return {
      messages: [
        ...packMessages(submissions, options.messageBytesMax, numbers),
        ...fresh.values(),
        ...deadLetters(submissions),
        ...announced.messages,
      ],
      directoryEntries: fresh.size,
      committed: () => {
        remember(written, fresh.keys(), options.directoryCacheMax);
        announced.committed();
        numbers.committed();
      },
    };
  };
}

function freshPrincipals(
  submissions: readonly Submission[],
  written: ReadonlySet<string>,
  sealName: ComposerOptions['sealName'],
): ReadonlyMap<string, NewMessage> {
  const fresh = new Map<string, NewMessage>();
  for (const { producer, principals } of submissions) {
    for (const principal of principals) {
      const key = `${producer.tenant}/${principal.principalId}`;
      if (written.has(key) || fresh.has(key)) continue;
      fresh.set(key, {
        topic: topics.directory,
        partition: 0,
        key,
        headers: { [headerNames.tenant]: producer.tenant },
        value: sealName(producer.tenant, principal),
      });
    }
  }
  return fresh;
}

/**
 * A set gives its entries in the order they were put in, so the first ones are the oldest. They are not moved when seen again:
 * that would cost a write a span, and what it saves is a message an hour.
 */
function remember(written: Set<string>, keys: Iterable<string>, max: number): void {
  for (const key of keys) written.add(key);
  for (const oldest of written) {
    if (written.size <= max) return;
    written.delete(oldest);
  }
}

/** What was refused is counted in the log too, so that the reconciliation knows of it; never its bytes. */
function deadLetters(submissions: readonly Submission[]): readonly NewMessage[] {
  return submissions
    .filter(({ rejected }) => rejected.length > 0)
    .map(({ producer, rejected, requestBytes, origin }) => ({
      topic: topics.deadLetters,
      partition: 0,
      key: null,
      headers: {
        [headerNames.tenant]: producer.tenant,
        [headerNames.producer]: producer.producer,
        [headerNames.trust]: producer.trust,
      },
      value: Buffer.from(JSON.stringify({ stage: 'collector', requestBytes, rejected, origin })),
    }));
}

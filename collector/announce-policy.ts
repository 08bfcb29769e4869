import { randomUUID } from 'node:crypto';
import type { NewMessage } from '../event-log/event-log.ts';
import type { Part } from '../otlp/part-builder.ts';
import { eventMessage } from '../registry/event-message.ts';

type Produced = {
  readonly producer: { readonly tenant: string };
  readonly parts: readonly Pick<Part, 'policy'>[];
};

/** The events of a group, and what to do once they are durable. */
export type Announcement = { readonly messages: readonly NewMessage[]; committed(): void };

/**
 * Says, in the append that holds the first telemetry redacted by a policy, that this policy is in force from here on: the moment of a
 * change is an event beside what it changed.
 */
export type PolicyAnnouncer = (submissions: readonly Produced[]) => Announcement;

/** `isKnown` says what the log already holds of it; `nowMs` is milliseconds since the epoch. */
export function createPolicyAnnouncer(
  isKnown: (tenant: string, policy: string) => boolean,
  nowMs: () => number,
): PolicyAnnouncer {
  // One policy a tenant: a set would grow with each change.
  const said = new Map<string, string>();
  return (submissions) => {
    const fresh = new Map<string, string>();
    for (const { producer, parts } of submissions) {
      const { tenant } = producer;
      for (const { policy } of parts) {
        if (policy === undefined || said.get(tenant) === policy) continue;
        if (isKnown(tenant, policy)) said.set(tenant, policy);
        else fresh.set(tenant, policy);
      }
    }
    return {
      messages: [...fresh].map(([tenant, policy]) => eventOf(tenant, policy, nowMs())),
      committed: () => {
        for (const [tenant, policy] of fresh) said.set(tenant, policy);
      },
    };
  };
}

function eventOf(tenant: string, policy: string, nowMs: number): NewMessage {
  return eventMessage({
    eventId: randomUUID(),
    tenant,
    type: 'redaction_in_force',
    timeUs: nowMs * 1000,
    actor: null,
    digest: null,
    body: JSON.stringify({ policy: Number(policy), stage: 'values' }),
  });
}

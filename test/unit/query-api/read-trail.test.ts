import { describe, expect, it } from 'vitest';
import type { NewMessage } from '../../../event-log/event-log.ts';
import { createReadTrail } from '../../../query-api/trail/read-trail.ts';
import { decodeRegistryEvent } from '../../../schemas/avro-codec.ts';

const read = {
  tenant: 'acme',
  keyId: 'auditor',
  role: 'auditor',
  route: '/v1/records',
  rows: 3,
  parameters: { server: ['files'] },
};

describe('the trail of reads', () => {
  it('appends a registry event that says who read what, before it resolves', async () => {
    const appended: NewMessage[] = [];
    const append = (messages: readonly NewMessage[]) => {
      appended.push(...messages);
      return Promise.resolve();
    };
    await createReadTrail({ append }, () => 1234, { waitingMax: 10 }).record(read);
    const [message] = appended;
    expect(message).toMatchObject({
      topic: 'waybill.reads.v1',
      partition: 0,
      key: 'acme',
      headers: { tenant: 'acme' },
    });
    const event = decodeRegistryEvent(message?.value ?? Buffer.alloc(0));
    expect(event).toMatchObject({
      tenant: 'acme',
      type: 'audit_read',
      timeUs: 1_234_000,
      actor: 'auditor',
    });
    expect(JSON.parse(event.body)).toEqual({
      keyId: 'auditor',
      role: 'auditor',
      route: '/v1/records',
      rows: 3,
      parameters: { server: ['files'] },
    });
  });

  it('shares one append among reads that come while another is under way', async () => {
    const groups: number[] = [];
    let release: () => void = () => undefined;
    const append = (messages: readonly NewMessage[]) => {
      groups.push(messages.length);
      return groups.length === 1
        ? new Promise<void>((resolve) => {
            release = resolve;
          })
        : Promise.resolve();
    };
    const trail = createReadTrail({ append }, () => 0, { waitingMax: 10 });
    const first = trail.record(read);
    await Promise.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    const rest = [trail.record(read), trail.record(read), trail.record(read)];
    release();
    await Promise.all([first, ...rest]);
    expect(groups).toEqual([1, 3]);
  });

  it('fails the reads of a group whose append failed, and goes on', async () => {
    let fails = true;
    const append = () => (fails ? Promise.reject(new Error('disk')) : Promise.resolve());
    const trail = createReadTrail({ append }, () => 0, { waitingMax: 10 });
    await expect(trail.record(read)).rejects.toMatchObject({ code: 'TRAIL_UNAVAILABLE' });
    fails = false;
    await expect(trail.record(read)).resolves.toBeUndefined();
  });

  it('refuses reads beyond its limit instead of holding them', async () => {
    const append = () => new Promise<void>(() => undefined);
    const trail = createReadTrail({ append }, () => 0, { waitingMax: 2 });
    void trail.record(read);
    void trail.record(read);
    await expect(trail.record(read)).rejects.toMatchObject({ code: 'BUSY' });
  });
});

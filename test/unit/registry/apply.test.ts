import { describe, expect, it } from 'vitest';
import { applyBuiltInPriceBook, applyRegistry } from '../../../registry/apply.ts';
import { declaredItems } from '../../../registry/declared-items.ts';
import { parseRegistry } from '../../../registry/document.ts';
import { ringOf } from '../../../registry/key-ring.ts';
import { priceAt } from '../../../registry/price-book.ts';
import { loadRegistry, readRegistryEvents } from '../../../registry/read-events.ts';
import { tenantKey } from '../../../registry/tenant-keys.ts';
import { pricesOf, registeredServer, teamOf } from '../../../registry/view.ts';
import { openDirectoryEntry, principalId } from '../../../redaction/principal.ts';
import { topics } from '../../../schemas/topics.ts';
import { memoryEventLog } from '../../support/memory-event-log.ts';

const masterKey = Buffer.alloc(32, 7);

function fixture() {
  const log = memoryEventLog();
  const keys = ringOf(masterKey);
  const change = { log, tenant: 'acme', keys, actor: 'key-1', clock: () => 1_795_219_200_000 };
  const apply = async (yaml: string) => applyRegistry({ ...change, document: parseRegistry(yaml) });
  return { log, change, apply };
}

const teams = `
teams: [{ id: payments, members: [Ana@Example.com] }]
servers: [{ name: files, status: active, owner: bo@example.com, team: payments }]
`;
const row = (rate: string, more = '') =>
  `prices: [{ id: p1, meter: output_tokens, provider: acme, model: small, unit: Tokens, rate: '${rate}', currency: USD, effectiveFrom: 2026-01-01, source: x${more} }]`;

describe('applying a registry', () => {
  it('puts people into the event as principal ids only, and their names into the directory only', async () => {
    const { log, apply } = fixture();
    expect(await apply(teams)).toEqual(['registry_applied']);
    const view = await loadRegistry(log);
    const ana = principalId(tenantKey(masterKey, 'acme', 'principal'), 'ana@example.com');
    expect(teamOf(view, 'acme', { user: ana, agent: null })).toBe('payments');
    expect(registeredServer(view, 'acme', 'files')?.owner).toMatch(/^p_[0-9a-f]{32}$/);

    const all = [...log.messages(topics.registry), ...log.messages(topics.directory)];
    const bytes = Buffer.concat(all.map(({ value }) => Buffer.from(value ?? [])));
    expect(bytes.includes('xample.com')).toBe(false);

    const entry = log.messages(topics.directory).find(({ key }) => key === `acme/${ana}`);
    const directoryKey = tenantKey(masterKey, 'acme', 'directory');
    const place = { tenant: 'acme', principalId: ana };
    expect(openDirectoryEntry(directoryKey, place, entry?.value ?? Buffer.alloc(0))).toEqual({
      name: 'Ana@Example.com',
      key: 'registry',
    });
  });

  it('appends nothing when nothing changed, and again when something did', async () => {
    const { log, apply } = fixture();
    await apply(teams + row('2'));
    expect(await apply(teams + row('2'))).toEqual([]);
    expect(log.messages(topics.registry)).toHaveLength(2);
    expect(await apply(teams.replace('active', 'deprecated') + row('2'))).toEqual([
      'registry_applied',
    ]);
    expect(await apply(teams + row('2'))).toEqual(['registry_applied']);
  });

  it('keeps tenants apart', async () => {
    const { log, change, apply } = fixture();
    await apply(teams);
    const document = parseRegistry(teams);
    expect(await applyRegistry({ ...change, tenant: 'other', document })).toEqual([
      'registry_applied',
    ]);
    const owners = [];
    for await (const { event } of readRegistryEvents(log)) {
      owners.push(declaredItems(event).find(({ kind }) => kind === 'server')?.owner);
    }
    expect(new Set(owners).size).toBe(2);
  });

  it('refuses to edit a price that was applied, but lets it be closed and followed', async () => {
    const { log, apply } = fixture();
    await apply(row('2'));
    await expect(apply(row('3'))).rejects.toMatchObject({ code: 'REGISTRY_PRICE_CHANGED' });
    expect(log.messages(topics.registry)).toHaveLength(2);
    const closed = row('2', ', effectiveTo: 2026-06-01');
    expect(await apply(closed)).toEqual(['price_book_applied']);
    await expect(apply(row('2'))).rejects.toMatchObject({ code: 'REGISTRY_PRICE_CHANGED' });
  });

  it('refuses to edit a price that has left the book, but lets it come back as it was', async () => {
    const { apply } = fixture();
    await apply(row('2'));
    expect(await apply('prices: []')).toEqual(['price_book_applied']);
    await expect(apply(row('3'))).rejects.toMatchObject({ code: 'REGISTRY_PRICE_CHANGED' });
    expect(await apply(row('2'))).toEqual(['price_book_applied']);
  });

  it('gives a tenant without prices the built-in examples, once, and never over its own', async () => {
    const { log, change, apply } = fixture();
    expect(await applyBuiltInPriceBook(change)).toEqual(['price_book_applied']);
    expect(await applyBuiltInPriceBook(change)).toEqual([]);
    const question = {
      kind: 'model',
      meter: 'input_tokens',
      provider: 'anthropic',
      model: 'claude-sonnet-4-5-20250929',
      timeUs: Date.UTC(2026, 0, 1) * 1000,
    } as const;
    const price = priceAt(pricesOf(await loadRegistry(log), 'acme'), question);
    expect(price).toMatchObject({ id: 'claude-sonnet-4-5/input', currency: 'USD' });
    await apply(row('2'));
    expect(await applyBuiltInPriceBook(change)).toEqual([]);
    expect(priceAt(pricesOf(await loadRegistry(log), 'acme'), question)).toBeUndefined();
  });

  it('tells the rows of what it declares', async () => {
    const { log, apply } = fixture();
    await apply(teams);
    const items = [];
    for await (const { event } of readRegistryEvents(log)) items.push(...declaredItems(event));
    expect(items).toEqual([
      expect.objectContaining({ kind: 'team', id: 'payments', name: 'payments', status: '' }),
      expect.objectContaining({ kind: 'server', id: 'files', team: 'payments', status: 'active' }),
    ]);
  });
});

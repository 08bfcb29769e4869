import { describe, expect, it } from 'vitest';
import { priceAt } from '../../../registry/price-book.ts';
import {
  applyRegistryEvent,
  emptyRegistry,
  pricesOf,
  registeredServer,
  teamOf,
} from '../../../registry/view.ts';
import type { RegistryEvent, RegistryEventType } from '../../../schemas/record-types.ts';

function event(type: RegistryEventType, body: unknown, tenant = 'acme'): RegistryEvent {
  return {
    eventId: 'e',
    tenant,
    type,
    timeUs: 1,
    actor: null,
    digest: null,
    body: JSON.stringify(body),
  };
}

const declared = event('registry_applied', {
  teams: [
    { id: 'payments', name: 'Payments', costCenter: null, members: ['p_ana'] },
    { id: 'search', name: 'Search', costCenter: null, members: [] },
  ],
  agents: [
    { name: 'coder', team: 'search', owner: null },
    { name: 'stray', team: null, owner: null },
  ],
  servers: [
    {
      name: 'files',
      owner: 'p_bo',
      team: 'search',
      status: 'active',
      dataClassification: 'internal',
      approvedTools: ['read_file'],
    },
  ],
  addedByALaterVersion: 1,
});

function book(rate: string) {
  return event('price_book_applied', {
    prices: [
      {
        id: 'p',
        meter: 'output_tokens',
        provider: 'acme',
        model: 'small',
        unit: 'Tokens',
        rate,
        currency: 'USD',
        effectiveFrom: '2026-01-01',
        effectiveTo: null,
        source: 'test',
      },
    ],
  });
}

const question = {
  kind: 'model',
  meter: 'output_tokens',
  provider: 'acme',
  model: 'small',
  timeUs: Date.UTC(2026, 5, 1) * 1000,
} as const;

describe('the registry view', () => {
  it('knows nothing before the first event', () => {
    const view = emptyRegistry();
    expect(view.version).toBe(-1);
    expect(teamOf(view, 'acme', { user: 'p_ana', agent: 'coder' })).toBeNull();
    expect(registeredServer(view, 'acme', 'files')).toBeUndefined();
  });

  it("finds the team by user first, then by agent, and says null for the tenant's strangers", () => {
    const view = applyRegistryEvent(emptyRegistry(), declared, 7);
    expect(view.version).toBe(7);
    expect(teamOf(view, 'acme', { user: 'p_ana', agent: 'coder' })).toBe('payments');
    expect(teamOf(view, 'acme', { user: 'p_eve', agent: 'coder' })).toBe('search');
    expect(teamOf(view, 'acme', { user: null, agent: 'stray' })).toBeNull();
    expect(teamOf(view, 'other', { user: 'p_ana', agent: 'coder' })).toBeNull();
    expect(registeredServer(view, 'acme', 'files')?.status).toBe('active');
    expect(registeredServer(view, 'other', 'files')).toBeUndefined();
  });

  it('keeps the prices when a registry is applied, and the registry when prices are', () => {
    const withPrices = applyRegistryEvent(emptyRegistry(), book('2'), 0);
    const both = applyRegistryEvent(withPrices, declared, 1);
    const later = applyRegistryEvent(both, book('3'), 2);
    expect(priceAt(pricesOf(both, 'acme'), question)?.numerator).toBe(2_000_000_000n);
    expect(priceAt(pricesOf(later, 'acme'), question)?.numerator).toBe(3_000_000_000n);
    expect(teamOf(later, 'acme', { user: 'p_ana', agent: null })).toBe('payments');
    expect(priceAt(pricesOf(both, 'other'), question)).toBeUndefined();
  });

  it('leaves an earlier view as it was', () => {
    const before = applyRegistryEvent(emptyRegistry(), book('2'), 0);
    applyRegistryEvent(before, book('3'), 1);
    expect(priceAt(pricesOf(before, 'acme'), question)?.numerator).toBe(2_000_000_000n);
  });

  it('passes over events that declare nothing', () => {
    const before = applyRegistryEvent(emptyRegistry(), declared, 0);
    const after = applyRegistryEvent(before, event('audit_read', 'no document at all'), 5);
    expect(after).toEqual({ ...before, version: 5 });
    expect(applyRegistryEvent(after, event('unknown', {}), 6).version).toBe(6);
  });
});

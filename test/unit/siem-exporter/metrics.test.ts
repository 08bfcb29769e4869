import { describe, expect, it } from 'vitest';
import { backoffMs } from '../../../siem-exporter/backoff.ts';
import { parseSiemExporterConfig } from '../../../siem-exporter/config.ts';
import { createMetrics, renderMetrics } from '../../../siem-exporter/metrics.ts';

describe('the metrics', () => {
  it('show lag in records and seconds, why it is held, and which log cannot be read', () => {
    const metrics = createMetrics();
    metrics.setLog('records/p0/e0', {
      cursor: 90,
      sealedSize: 100,
      waitingSinceMs: 5_000,
      trouble: null,
    });
    metrics.setTrouble('records/p1/e0', 7, 'SIEM_LEAF_MISSING');
    metrics.count('deadLetters', 'hec_12');
    metrics.count('deadLetters', 'hec_12');
    metrics.holdReason = 'hec_4';
    const text = renderMetrics(metrics.snapshot(), 9_500);
    expect(text.split('\n')).toEqual(
      expect.arrayContaining([
        'waybill_siem_exporter_lag_records{log="records/p0/e0"} 10',
        'waybill_siem_exporter_lag_seconds{log="records/p0/e0"} 4.5',
        'waybill_siem_exporter_store_unreadable{log="records/p1/e0",code="SIEM_LEAF_MISSING"} 1',
        'waybill_siem_exporter_dead_letters_total{reason="hec_12"} 2',
        'waybill_siem_exporter_held{reason="hec_4"} 1',
      ]),
    );
    // Every line is a comment or `name{labels} number` (Prometheus text format 0.0.4).
    for (const line of text.trim().split('\n')) {
      expect(line).toMatch(/^(# (HELP|TYPE) .+|[a-z_]+(\{[^}]+\})? \d+(\.\d+)?)$/);
    }
  });
});

describe('a wait before the next attempt', () => {
  it('is anywhere below a bound that doubles up to its limit', () => {
    const limits = { firstMs: 500, msMax: 60_000 };
    const longest = [0, 1, 2, 7, 1000].map((n) => backoffMs(n, null, limits, () => 1));
    expect(longest).toEqual([500, 1_000, 2_000, 60_000, 60_000]);
    expect(backoffMs(5, null, limits, () => 0)).toBe(0);
  });

  it('is at least what the receiver asked for, within the limit', () => {
    const limits = { firstMs: 500, msMax: 60_000 };
    expect(backoffMs(0, 7_000, limits, () => 0)).toBe(7_000);
    expect(backoffMs(0, 86_400_000, limits, () => 0)).toBe(60_000);
  });
});

describe('the configuration', () => {
  const least = {
    logDirectory: '/d/log',
    storeUrl: 'http://127.0.0.1:1',
    storePasswordFile: '/d/password',
    hecUrl: 'https://splunk.example.com:8088',
    hecTokenFile: '/d/token',
    tenants: ['acme'],
  };

  it('needs no more than where things are and which tenants may be seen', () => {
    expect(parseSiemExporterConfig(least)).toMatchObject({
      hecAck: false,
      hecSourcetype: 'ocsf:mcp_audit',
      batchBytesMax: 1_048_576,
      revisions: 'all',
    });
  });

  it('tells all mistakes together', () => {
    const wrong = { ...least, hecUrl: 'ftp://x', tenants: [], pollMs: 0, token: 'secret' };
    expect(() => parseSiemExporterConfig(wrong)).toThrow(
      /hecUrl: [^;]+; tenants: [^;]+; pollMs: [^;]+; : [^;]*token/,
    );
    expect(() => parseSiemExporterConfig(wrong)).not.toThrow(/secret/);
  });
});

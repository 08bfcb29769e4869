import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readRoleConfig } from '../../../cli/role-config.ts';

describe('the configuration of a role', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'waybill-config-'));
    file = join(folder, 'waybill.yaml');
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const read = (text: string, settings: readonly string[] = [], environment = {}) => {
    writeFileSync(file, text);
    return readRoleConfig({ command: 'ledger', file, settings, environment }, 'ledger');
  };

  it('is what all roles have in common, then what the role has of its own', async () => {
    const text =
      'common: { partitions: 4, lingerMs: 1 }\nledger: { lingerMs: 2 }\nenricher: { tickMs: 9 }';
    expect(await read(text)).toEqual({ partitions: 4, lingerMs: 2 });
  });

  it('is the common part alone where the role has no section', async () => {
    expect(await read('common: { partitions: 4 }')).toEqual({ partitions: 4 });
  });

  it('takes settings given beside it, group by group, as YAML', async () => {
    const text = 'common: { kafka: { brokers: [a], clientId: x } }';
    expect(await read(text, ['kafka.clientId=east', 'partitions=8', 'tenants=[a, b]'])).toEqual({
      kafka: { brokers: ['a'], clientId: 'east' },
      partitions: 8,
      tenants: ['a', 'b'],
    });
  });

  it('puts variables of the environment in, wherever a text is', async () => {
    const text =
      'ledger: { store: { url: "http://${env:HOST}:8123" }, brokers: ["${env:HOST}:1"] }';
    expect(await read(text, [], { HOST: 'db' })).toEqual({
      store: { url: 'http://db:8123' },
      brokers: ['db:1'],
    });
  });

  it.each([
    ['ledger: { a: "${env:NOT_THERE}" }', [], /needs the variable NOT_THERE/],
    ['ledger: [1]', [], /common and ledger must hold settings/],
    ['[1]', [], /must hold sections/],
    ['a: {', [], /is not YAML/],
    ['ledger: { a: 1 }', ['a.b=1'], /a holds no settings/],
    ['ledger: { a: 1 }', ['nothing'], /is not KNOB=VALUE/],
  ])('says what is wrong with %j and %j', async (text, settings, told) => {
    await expect(read(text, settings)).rejects.toThrow(told);
  });

  it('says which file cannot be read', async () => {
    const source = { command: 'ledger', file: '/nowhere.yaml', settings: [], environment: {} };
    await expect(readRoleConfig(source, 'ledger')).rejects.toThrow(/cannot read \/nowhere.yaml/);
  });
});

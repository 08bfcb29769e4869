import { describe, expect, it } from 'vitest';
import { meetsQuorum, parsePolicy } from '../../../integrity/policy.ts';
import { formatVerifierKey, verifierKey } from '../../../integrity/verifier-key.ts';
import * as golden from './golden.ts';

const log = `log ${golden.LOG_VKEY}`;

// The example of C2SP tlog-policy, with keys.
const example = `
# two of three, and one of three
log ${golden.LOG_VKEY} https://log.example/

witness X1 ${vkey(1)} https://x1.example/
witness X2 ${vkey(2)}
witness X3 ${vkey(3)}
group X-witnesses 2 X1 X2 X3

witness Y1 ${vkey(4)}
witness Y2 ${vkey(5)}
\t witness  Y3\t${vkey(6)} \t
  # a comment
group Y-witnesses any Y1 Y2 Y3

group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
`;

describe('a policy', () => {
  it('is read as the example of its specification', () => {
    const policy = parsePolicy(example);
    expect(policy.logs).toEqual([{ key: golden.logSigner.key, url: 'https://log.example/' }]);
    expect(policy.witnesses.map(({ name }) => name)).toEqual(['X1', 'X2', 'X3', 'Y1', 'Y2', 'Y3']);
    expect(policy.witnesses[0]?.url).toBe('https://x1.example/');
    expect(policy.groups).toEqual([
      { name: 'X-witnesses', threshold: 2, members: ['X1', 'X2', 'X3'] },
      { name: 'Y-witnesses', threshold: 1, members: ['Y1', 'Y2', 'Y3'] },
      { name: 'X-and-Y', threshold: 2, members: ['X-witnesses', 'Y-witnesses'] },
    ]);
    expect(policy.quorum).toBe('X-and-Y');
  });

  it.each([
    ['X1 X2 Y1', true],
    ['X1 X2 X3 Y1 Y2 Y3', true],
    ['X2 X3 Y3', true],
    ['X1 Y1', false],
    ['X1 X2 X3', false],
    ['Y1 Y2 Y3', false],
    ['X-witnesses Y-witnesses', false],
    ['', false],
  ])('says of cosignatures by %j: %j', (names, enough) => {
    expect(meetsQuorum(parsePolicy(example), new Set(names.split(' ')))).toBe(enough);
  });

  it('may ask for one witness, or for none', () => {
    const one = parsePolicy(`${log}\nwitness w ${vkey(1)}\nquorum w`);
    expect(meetsQuorum(one, new Set(['w']))).toBe(true);
    expect(meetsQuorum(one, new Set())).toBe(false);
    expect(meetsQuorum(parsePolicy('quorum none\n'), new Set())).toBe(true);
  });

  it('has room for 32 witnesses and groups, and an end', () => {
    expect(parsePolicy(many(64)).groups).toHaveLength(64);
    expect(() => parsePolicy(many(65))).toThrow('POLICY_MALFORMED');
  });

  it('has room for the logs of 500 partitions with four keys each, and an end', () => {
    const lines = Array.from({ length: 2_049 }, (_, at) => logLine(at));
    const policy = (count: number): string => `${lines.slice(0, count).join('\n')}\nquorum none\n`;
    expect(parsePolicy(policy(2_048)).logs).toHaveLength(2_048);
    expect(() => parsePolicy(policy(2_049))).toThrow('POLICY_MALFORMED');
  });

  it.each([
    ['no quorum', log],
    ['two quorums', 'quorum none\nquorum none'],
    ['nothing', ''],
    ['a quorum that is not defined', 'quorum w'],
    ['a quorum above its definition', `quorum w\nwitness w ${vkey(1)}`],
    ['a quorum of two names', 'quorum none none'],
    ['a quorum without a name', 'quorum'],
    ['an unknown line', 'logs\nquorum none'],
    ['a capital', 'Quorum none'],
    ['a log without a key', 'log\nquorum none'],
    ['a log with a cosigner’s key', `log ${golden.WITNESS_VKEY}\nquorum none`],
    ['a witness with a log’s key', `witness w ${golden.LOG_VKEY}\nquorum none`],
    ['a log given twice', `${log}\n${log}\nquorum none`],
    ['one key under two names', `${log}\nlog ${golden.META_VKEY}\nquorum none`],
    ['a witness given twice', `witness a ${vkey(1)}\nwitness b ${vkey(1)}\nquorum none`],
    ['a name defined twice', `witness a ${vkey(1)}\nwitness a ${vkey(2)}\nquorum none`],
    ['a group named as a witness', `witness a ${vkey(1)}\ngroup a any a\nquorum none`],
    ['a witness named none', `witness none ${vkey(1)}\nquorum none`],
    ['a third part behind a log’s key', `${log} https://a b\nquorum none`],
    ['a key with a wrong id', `${log.replace('445b26f0', '445b26f1')}\nquorum none`],
    ['a group without members', 'group g all\nquorum none'],
    ['a group of 0', `witness a ${vkey(1)}\ngroup g 0 a\nquorum g`],
    ['a group of more than its members', `witness a ${vkey(1)}\ngroup g 2 a\nquorum g`],
    ['a group of 01', `witness a ${vkey(1)}\ngroup g 01 a\nquorum g`],
    ['a group of some', `witness a ${vkey(1)}\ngroup g some a\nquorum g`],
    ['a member twice', `witness a ${vkey(1)}\ngroup g 2 a a\nquorum g`],
    ['a member of two groups', `witness a ${vkey(1)}\ngroup g any a\ngroup h any a\nquorum h`],
    ['a member that is not defined', 'group g any a\nquorum g'],
    ['a group of itself', 'group g any g\nquorum g'],
    ['none as a member', 'group g any none\nquorum g'],
    ['a carriage return', `${log}\r\nquorum none`],
    ['a control character', 'quorum none\u0000'],
    ['a delete character', 'quorum none\u007f'],
    ['more than its length', `#${'a'.repeat(256 * 1024)}\nquorum none`],
  ])('is none with %s', (_, text) => {
    expect(() => parsePolicy(text)).toThrow('POLICY_MALFORMED');
  });

  it('names the line that is wrong', () => {
    expect(() => parsePolicy(`${log}\n\nwitness\nquorum none`)).toThrow('line 3');
  });
});

function logLine(at: number): string {
  const publicKey = new Uint8Array(32).fill(at % 256).fill(Math.floor(at / 256), 0, 1);
  const name = `waybill-0123456789abcdef/log/records/p${at}/e0`;
  return `log ${formatVerifierKey(verifierKey(name, 'ed25519', publicKey))}`;
}

function vkey(byte: number): string {
  const publicKey = new Uint8Array(32).fill(byte);
  return formatVerifierKey(verifierKey(`w${byte}.example`, 'cosignature', publicKey));
}

function many(count: number): string {
  const lines = Array.from({ length: count }, (_, index) => [
    `witness w${index} ${vkey(index)}`,
    `group g${index} any w${index}`,
  ]);
  return `${lines.flat().join('\n')}\nquorum g0\n`;
}

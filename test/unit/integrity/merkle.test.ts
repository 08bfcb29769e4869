import { describe, expect, it } from 'vitest';
import { toHex } from '../../../integrity/bytes.ts';
import { treeRoot } from '../../../integrity/compact-range.ts';
import { leafHash, nodeHash } from '../../../integrity/merkle.ts';

// transparency-dev/merkle, testonly/constants.go.
const leaves = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657'].concat(
  '606162636465666768696a6b6c6d6e6f',
);
const roots = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

describe('Merkle tree', () => {
  it.each(roots.map((root, size) => [size, root] as const))(
    'of %i leaves has the root of RFC 6962',
    (size, root) => {
      const hashes = leaves.slice(0, size).map((leaf) => leafHash(Buffer.from(leaf, 'hex')));
      expect(toHex(treeRoot(hashes))).toBe(root);
    },
  );

  it('hashes leaves and nodes apart', () => {
    expect(toHex(leafHash(Buffer.from('L123456')))).toBe(
      '395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56',
    );
    expect(Buffer.from(leafHash(Buffer.from('hello world'))).toString('base64')).toBe(
      'TszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBb0=',
    );
  });

  it('hashes two nodes behind the byte 1', () => {
    // printf '\1' and 32 bytes of 11 and 32 of 22, through sha256sum.
    const left = new Uint8Array(32).fill(0x11);
    const right = new Uint8Array(32).fill(0x22);
    expect(toHex(nodeHash(left, right))).toBe(
      '1d8f52d3ec81ac02cd97cb3281523be47af850c0f0295af866f04bc245f46bbf',
    );
    expect(toHex(nodeHash(left, right))).toBe(toHex(nodeHash(left.slice(), right.slice())));
  });

  it('hashes a leaf that is longer than its room for shorter ones', () => {
    // head -c 70000 /dev/zero | tr '\0' 'a', behind a zero byte, through sha256sum.
    expect(toHex(leafHash(new Uint8Array(70_000).fill(0x61)))).toBe(
      '2faf5ed7461eb92e8a9383ba16262fbe32856ff03b49ea72fa759a563d873523',
    );
    expect(toHex(leafHash(new Uint8Array(65_535).fill(0x61)))).toBe(
      '8ecfe9abfb833a5a36c967979c4668f9af47fd801e8a7d6e9162bd5f3534ad94',
    );
  });
});

import { seedSigner } from '../../../integrity/signer-key.ts';

/*
 * One log of five leaves, its witness and its meta log, with the keys of RFC 8032 §7.1, tests 1 and 2. All values were computed by
 * golang.org/x/mod and the libraries of transparency-dev.
 */

const LOG_SEED = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60';
const WITNESS_SEED = '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb';

export const logSigner = seedSigner('audit.example/log/p0/e1', 'ed25519', seed(LOG_SEED));
export const metaSigner = seedSigner('audit.example/meta', 'ed25519', seed(LOG_SEED));
export const witnessSigner = seedSigner('witness.example/w1', 'cosignature', seed(WITNESS_SEED));

export const LOG_VKEY =
  'audit.example/log/p0/e1+445b26f0+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea';
export const WITNESS_VKEY =
  'witness.example/w1+04d2d833+BD1AF8PoQ4lakrcKp00bfrycmCzPLsSWjMDNVfEq9GYM';
export const META_VKEY = 'audit.example/meta+3dff5687+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea';

export const ARGS_COMMITMENT = 'WiP2yKNM6iXzQlakU5MTTpW7ADqCHvwV9I_y1xONgX8';
export const RESULT_COMMITMENT = 'wZZYrLlU8u7wgOVbgUhqYc_9dU3dftNoq87QVRO-XlM';

export const CHECKPOINT_TEXT =
  'audit.example/log/p0/e1\n5\nSUkkAicZN4DQQeysyDQiINTx/HHuRNAcT08Ph5VTqRQ=\n';
export const LOG_LINE =
  '— audit.example/log/p0/e1 RFsm8H5nHaSIL+7UZRQvQQz5s+hYyXEG+R4s+09hP8LAWpyQgcySm9f1eGKscanCNp8XTJTVIj0wmaQ3ri5apY43SAI=\n';
export const CHECKPOINT = `${CHECKPOINT_TEXT}\n${LOG_LINE}`;

export const WITNESS_TIME_S = 1_795_219_200;
export const WITNESS_LINE =
  '— witness.example/w1 BNLYMwAAAABrAN8ALFl7TGUmsyA53xZdUPGigXEbgK84JdVPsu1fu79vlUA7pLxB4yJnSMtolaYAdVrEBysn3NvyEOJ2khtf1mhlCw==\n';
export const COSIGNED = `${CHECKPOINT}${WITNESS_LINE}`;

export const ROOT_3 = '7affcb716512f3e0cc314e0f3c3151f40a20e15e89757c4c2324374e4d98bc16';
export const ROOT_5 = '4949240227193780d041ecacc8342220d4f1fc71ee44d01c4f4f0f879553a914';
export const LEAF_HASH_0 = 'fe834bbaff779d434172822f1566c80f221e2c0c96d6d8e80595b7851a9c4edb';

/** Growth from 3 leaves to 5; the last three are the proof of leaf 2. */
export const CONSISTENCY_3_TO_5 = [
  'm7O6NtyXz+Cl+ZAOndsu1nKCc4vThFbqANPZQnPiWbs=',
  'osv9Co1u8VOJ8xhF6iIk/a0jUCaIhxdG8CLChYBzcwg=',
  'f5GqOPq6QbWAwwV/NUoxqtYLXFabhGah3DUHPT7wGGM=',
  'vq4d4y9LpseSMU0HlRxDHOZy67FGB3ufXovJpDYBRUM=',
];

export const META_ROOT = '1SRspyhK0Qcnp1y8Y41zq87PsAoZ1XSUe4Z1DuxcCDU=';
export const META_SIGNATURE =
  'Pf9Wh9Au/Mr397BG//7rHNm8o713XTCCEPhPx9oHIFfv0pU5WXZYD8SJml0lfnRp0NYTZPUsDQ60LGXPjk7ck9bPkwI=';

/** Leaf i of the log, 314 bytes. */
export function goldenLeaf(index: number): string {
  return (
    `{"event":"tool_call","id":"rec-${index}","off":"${100 + index}","outcome":"ok","part":0,"sd":{"args":"${ARGS_COMMITMENT}",` +
    `"result":"${RESULT_COMMITMENT}"},"seq":"${index}","session":"s-1","tenant":"acme","tool":"read_file",` +
    '"topic":"audit.records.v1","ts":"2026-11-21T00:00:00.000000Z","v":1}'
  );
}

/** A policy that believes the log and its meta log, and asks for the witness. */
export const POLICY = `log ${LOG_VKEY}\nwitness w1 ${WITNESS_VKEY}\nquorum w1\n`;

function seed(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}

import { hash } from 'node:crypto';

const base58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const ADDRESS_BYTES = 25;
const CHECK_BYTES = 4;

/** Whether a text is a Bitcoin address in Base58Check: 21 bytes and the first four of their double SHA-256. */
export function isBase58Address(text: string): boolean {
  let value = 0n;
  for (const character of text) {
    const digit = base58.indexOf(character);
    if (digit < 0) return false;
    value = value * 58n + BigInt(digit);
  }
  const hex = value.toString(16);
  if (hex.length > 2 * ADDRESS_BYTES) return false;
  const bytes = Buffer.from(hex.padStart(2 * ADDRESS_BYTES, '0'), 'hex');
  const body = bytes.subarray(0, -CHECK_BYTES);
  const digest = hash('sha256', hash('sha256', body, 'buffer'), 'buffer');
  return digest.subarray(0, CHECK_BYTES).equals(bytes.subarray(-CHECK_BYTES));
}

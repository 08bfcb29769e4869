import type { CapturedPayload } from './reading.ts';

/**
 * 52 bits over a call's arguments, the same for the same JSON in whatever order of members and with whatever spaces; 0 for arguments that
 * were not captured whole, or that emitters may write in different ways. It says that two spans were asked the same, and proves nothing.
 */
export function argumentsDigest(payload: readonly CapturedPayload[]): number {
  const asked = payload.find(({ name }) => name === 'arguments');
  if (!asked || asked.truncated || asked.mediaType !== 'application/json') return 0;
  return asked.text.length > CHARS_MAX ? 0 : digestOf(asked.text);
}

// Longer arguments are compared by nobody: reading them would cost more than it tells.
const CHARS_MAX = 16 * 1024;

/** The sum of what stands between commas and brackets, each hashed in its order. */
function digestOf(text: string): number {
  let high = text.length > 2 ? 1 : 2;
  let low = 0;
  let lane = SEED;
  let turn = SEED;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    // Escapes and what may be escaped are written in more than one way.
    if (code === BACKSLASH || code > 0x7e) return 0;
    if (code <= SPACE) continue;
    if (code === COMMA || isBracket(code)) {
      high = (high + mixed(lane)) >>> 0;
      low = (low + mixed(turn ^ lane)) >>> 0;
      lane = SEED;
      turn = SEED;
    } else {
      lane = Math.imul(lane ^ code, 0x0100_0193);
      turn = Math.imul(turn + code, 0x85eb_ca6b) ^ (turn >>> 15);
    }
  }
  return (high >>> 12) * 0x1_0000_0000 + low + 1;
}

const SEED = 0x811c_9dc5;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const COMMA = 0x2c;

function isBracket(code: number): boolean {
  return code === 0x7b || code === 0x7d || code === 0x5b || code === 0x5d;
}

function mixed(value: number): number {
  let mix = value ^ (value >>> 16);
  mix = Math.imul(mix, 0x85eb_ca6b);
  mix ^= mix >>> 13;
  mix = Math.imul(mix, 0xc2b2_ae35);
  return mix ^ (mix >>> 16);
}

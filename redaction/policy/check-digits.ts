import type { OwnValidator } from './policy.ts';

/** Whether the letters and digits of a match pass the check that its detector names. */
export function passesCheck(validator: OwnValidator, match: string): boolean {
  const text = match.replace(/[^0-9A-Za-z]/g, '').toUpperCase();
  return checks[validator](text);
}

type Check = (text: string) => boolean;

const checks: Readonly<Record<OwnValidator, Check>> = {
  none: () => true,
  luhn: (text) => /^\d{2,}$/.test(text) && luhnSum(text) % 10 === 0,
  mod97: (text) => text.length > 2 && modulo97(text) === 1,
  mod11: (text) => /^\d{2,}[0-9X]$/.test(text) && modulo11(text) === 1,
};

// ISO/IEC 7812-1: every second digit from the right doubled.
function luhnSum(digits: string): number {
  let sum = 0;
  for (let at = 0; at < digits.length; at += 1) {
    const digit = Number(digits[digits.length - 1 - at]);
    const doubled = at % 2 === 1 ? 2 * digit : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum;
}

// ISO/IEC 7064 MOD 97-10: letters count as 10 to 35; the check digits come last.
function modulo97(text: string): number {
  let rest = 0;
  for (const character of text) {
    const value = Number.parseInt(character, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest;
}

// ISO/IEC 7064 MOD 11-2: the check character X is 10.
function modulo11(text: string): number {
  let rest = 0;
  for (const character of text.slice(0, -1)) rest = ((rest + Number(character)) * 2) % 11;
  return (rest + (text.endsWith('X') ? 10 : Number(text.at(-1)))) % 11;
}

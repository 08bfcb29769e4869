import type { TokenKey } from './class-token.ts';
import { classToken } from './class-token.ts';
import { dataClasses, dataClassNames } from './data-classes.ts';

/** Whether the whole text is a token. */
export function isClassToken(text: string): boolean {
  return text.length <= TOKEN_LENGTH_MAX && tokenPattern.test(text);
}

/** Every token that a value may stand as, under each of the keys and each class that has tokens: what a search looks for. */
export function tokensOfValue(keys: readonly TokenKey[], value: string): readonly string[] {
  return keys.flatMap((key) => tokenClasses.map((dataClass) => classToken(key, dataClass, value)));
}

const TOKEN_LENGTH_MAX = 80;
const tokenPattern = /^\[[A-Z_]{2,32}:k[1-9]\d{0,5}:[0-9a-f]{24}\]$/;

const tokenClasses = dataClassNames.filter((name) => !dataClasses[name].isDigestForbidden);

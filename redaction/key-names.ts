import {
  deciderAttributes,
  identityAttributes,
  sessionAttributes,
} from '../schemas/identity-attributes.ts';
import type { Term } from './vocabulary/dictionary.ts';
import { termEndings, termOfKey } from './vocabulary/dictionary.ts';

/** What a key's name says about its value. */
export type KeyMeaning =
  | { readonly kind: 'ordinary' }
  /** A key of the telemetry itself (`service.version`, `server.address`): its value is no person's, and others read it. */
  | { readonly kind: 'structural' }
  /** Personal data, when the value has the shape for it. */
  | { readonly kind: 'term'; readonly term: Term }
  /** Drop the value, whatever it is. `toLineEnd`: written as a header (`Cookie: a=b; c=d`) it goes on to the end of the line. */
  | { readonly kind: 'secret'; readonly label: string; readonly toLineEnd: boolean }
  /** Drop it when it looks like a token: long, without white space; `mustLook`: `random`, unlike the name of something; `drawn`, and unlike a
   * digest or an id: under a word that names many other things. */
  | {
      readonly kind: 'maybe_secret';
      readonly label: string;
      readonly mustLook?: 'random' | 'drawn';
    }
  | { readonly kind: 'session' }
  | { readonly kind: 'identity' };

/**
 * The meaning of an attribute's key, a JSON key, a header or a query parameter. What counts is the last segment of a dotted key, folded: case, `_` and `-`
 * do not. `DB_PASSWORD` and `clientSecret` are found by their ends, `password_policy` is nothing.
 */
export function keyMeaning(key: string): KeyMeaning {
  const known = key.length <= KEY_LENGTH_MAX ? meanings.get(key) : undefined;
  if (known) return known;
  if (key.length > KEY_LENGTH_MAX) return meaningOfLong(key);
  const meaning = findMeaning(key);
  if (meanings.size >= MEANINGS_MAX) meanings.clear();
  meanings.set(key, meaning);
  return meaning;
}

// What a key means stands at its beginning or at its end, so that a key of megabytes is not read as a whole.
function meaningOfLong(key: string): KeyMeaning {
  const byEnd = findMeaning(key.slice(-KEY_LENGTH_MAX));
  return byEnd.kind === 'ordinary' ? findMeaning(key.slice(0, KEY_LENGTH_MAX)) : byEnd;
}

/** Whether whatever lies under the key is treated as the key says. */
export function isSensitive(meaning: KeyMeaning): boolean {
  return meaning.kind !== 'ordinary' && meaning.kind !== 'structural' && meaning.kind !== 'term';
}

/** Whether a number under the key is to be looked at. */
export function isNumberSensitive(meaning: KeyMeaning): boolean {
  return isSensitive(meaning) || (meaning.kind === 'term' && meaning.term.meaning !== 'none');
}

/** What a text scan looks for in front of `:` and `=`. */
export function meaningfulEndings(): readonly string[] {
  return [
    ...termEndings(),
    ...secretNames.keys(),
    ...secretEndings.keys(),
    ...maybeSecretNames.keys(),
    ...maybeSecretEndings.map(([ending]) => ending),
    ...drawnEndings,
    ...sessionNames,
    ...[...identityKeys].map(fold),
    ...sessionAttributes.map(fold),
  ];
}

const MEANINGS_MAX = 4096;
const KEY_LENGTH_MAX = 256;
const meanings = new Map<string, KeyMeaning>();
const structural: KeyMeaning = { kind: 'structural' };

// Values that say which software did what, where and by which protocol. They are still searched for secrets and cards.
const structuralKey =
  /^(?:service|telemetry|server|network|net|rpc|jsonrpc|os|k8s|container|cloud|deployment|host|thread|code|otel|library|faas|messaging|db\.system|url\.scheme|http\.(?:request\.method|response\.status_code|route|scheme|status_code|method|flavor)|process\.(?:pid|runtime|executable)|error\.type|exception\.type|span|trace|mcp\.(?:method|protocol|tool\.name|prompt\.name|transport|server|client)|gen_ai\.(?:usage|request|response|agent|operation|provider|system$|conversation|tool\.(?:name|type|call\.id)|token|output\.type)|openinference|llm\.(?:model|token|usage)|traceloop\.(?:span|workflow|entity\.name))(?:$|[._])/;

// Folded last segments that are secrets as a whole, with the label that stands in the value's place.
const secretNames: ReadonlyMap<string, string> = new Map([
  ['authorization', 'authorization'],
  ['proxyauthorization', 'authorization'],
  ['xforwardedauthorization', 'authorization'],
  ['xapikey', 'api_key'],
  ['xauthtoken', 'token'],
  ['xaccesstoken', 'token'],
  ['xcsrftoken', 'token'],
  ['csrftoken', 'token'],
  ['xamzsecuritytoken', 'token'],
  ['authtoken', 'token'],
  ['bearertoken', 'token'],
  ['sessiontoken', 'token'],
  ['securitytoken', 'token'],
  ['idtoken', 'token'],
  ['cookie', 'cookie'],
  ['setcookie', 'cookie'],
  ['xcookie', 'cookie'],
  ['pwd', 'password'],
  ['secret', 'secret'],
  ['credential', 'credential'],
  ['credentials', 'credential'],
  ['accountkey', 'secret'],
  ['sharedaccesskey', 'secret'],
  ['encryptionkey', 'secret'],
  ['signingkey', 'secret'],
  ['connectionstring', 'connection_string'],
  ['authorizationcode', 'authorization_code'],
  ['authcode', 'authorization_code'],
  ['codeverifier', 'code_verifier'],
  ['codechallenge', 'code_challenge'],
  ['clientassertion', 'assertion'],
  ['samlresponse', 'assertion'],
  ['xamzsignature', 'signature'],
  ['xgoogsignature', 'signature'],
  ['cvv', 'card_verification'],
  ['cvv2', 'card_verification'],
  ['cvc', 'card_verification'],
  ['cardverificationvalue', 'card_verification'],
  ['requeststate', 'request_state'],
]);

// Endings that make any longer name a secret too: `db_password`, `githubAccessToken`.
const secretEndings: ReadonlyMap<string, string> = new Map([
  ['password', 'password'],
  ['passwd', 'password'],
  ['passphrase', 'password'],
  ['apikey', 'api_key'],
  ['clientsecret', 'client_secret'],
  ['accesstoken', 'token'],
  ['refreshtoken', 'token'],
  ['secretkey', 'secret'],
  ['privatekey', 'private_key'],
  ['secretaccesskey', 'secret'],
  ['authtoken', 'token'],
  ['apitoken', 'token'],
  ['webhooksecret', 'secret'],
]);

// Words that also name harmless things (a word of a text, a signature of a function).
const maybeSecretNames: ReadonlyMap<string, string> = new Map([
  ['token', 'token'],
  ['sig', 'signature'],
  ['signature', 'signature'],
  ['accesskey', 'secret'],
]);

// Endings of names of keys and tokens, and of names of what merely refers to one (`imagePullSecret: registry-credentials`).
const maybeSecretEndings: readonly (readonly [string, string])[] = [
  ['secret', 'secret'],
  ['secretkeybase', 'secret'],
  ['token', 'token'],
  ['appkey', 'api_key'],
  ['applicationkey', 'api_key'],
  ['masterkey', 'secret'],
  ['sharedkey', 'secret'],
  ['storagekey', 'secret'],
  ['servicekey', 'secret'],
  ['licensekey', 'secret'],
  ['deploykey', 'secret'],
];

// Places in a list, not secrets.
const placeInList =
  /(?:page|sync|next|prev|previous|continuation|cursor|continue|change|start)token$/;

const sessionNames: readonly string[] = ['mcpsessionid', 'sessionid', 'xsessionid'];
const headerNames = new Set(['authorization', 'cookie']);
const identityKeys = new Set([...identityAttributes.map(({ key }) => key), ...deciderAttributes]);
const sessionKeys = new Set(sessionAttributes);
const ordinary: KeyMeaning = { kind: 'ordinary' };

function findMeaning(key: string): KeyMeaning {
  if (/(?:^|\.)mcp\.auth\./.test(key)) return secret('mcp_auth');
  if (isIdentityKey(key)) return { kind: 'identity' };
  const name = fold(key.slice(key.lastIndexOf('.') + 1));
  if (sessionKeys.has(key) || fold(key).endsWith('mcpsessionid') || sessionNames.includes(name)) {
    return { kind: 'session' };
  }
  const label = secretNames.get(name) ?? labelByEnding(name);
  if (label !== undefined) return secret(label);
  const maybe = maybeSecretNames.get(name);
  if (maybe !== undefined) return { kind: 'maybe_secret', label: maybe };
  const byEnding = maybeSecretEndings.find(([ending]) => name.endsWith(ending))?.[1];
  if (byEnding !== undefined && !placeInList.test(name)) {
    return { kind: 'maybe_secret', label: byEnding, mustLook: 'random' };
  }
  if (structuralKey.test(key)) return structural;
  const meaning = meaningOfTerm(key);
  if (meaning.kind !== 'ordinary' || otherKey.test(name)) return meaning;
  return drawnEndings.some((ending) => name.endsWith(ending))
    ? { kind: 'maybe_secret', label: 'secret', mustLook: 'drawn' }
    : meaning;
}

// `Key=…`, `currencylayer_key: …`, `beeboleAuth := …`: a value under it that was drawn by chance is a secret, everything else is not.
const drawnEndings: readonly string[] = ['key', 'auth'];

// Keys of rows, caches, objects and messages are drawn by chance too, and open nothing.
const otherKey =
  /(?:primary|foreign|sort|partition|cache|object|public|pub|idempotency|dedup|dedupe|deduplication|issue|project|row|hash|range|index|lookup|routing|message|event|record|file|path|s3|blob|map|i18n|translation|config|setting|field|column|attribute|feature|flag|unique|natural|surrogate|composite|search|group|order|item|node|shard|tenant|resource|state|store|query|react|site|correlation|trace|span|request|job|task|upload|document|doc|page|cursor|list|parent|child|ref|host)key$/;

function meaningOfTerm(key: string): KeyMeaning {
  const term = termOfKey(key.slice(key.lastIndexOf('.') + 1));
  if (term === undefined || term.meaning === 'none') return ordinary;
  if (term.meaning === 'password') return secret('password');
  if (term.meaning === 'secret') return { kind: 'maybe_secret', label: 'secret' };
  return { kind: 'term', term };
}

function secret(label: string): KeyMeaning {
  return { kind: 'secret', label, toLineEnd: headerNames.has(label) };
}

// An identity key stays one with anything in front of it: `microsoft.a365.caller.agent.user.id`, `arguments.userId`.
function isIdentityKey(key: string): boolean {
  for (let at = 0; at >= 0; at = key.indexOf('.', at + 1)) {
    if (identityKeys.has(at === 0 ? key : key.slice(at + 1))) return true;
  }
  return false;
}

function labelByEnding(name: string): string | undefined {
  for (const [ending, label] of secretEndings) {
    if (name.endsWith(ending)) return label;
  }
  return undefined;
}

function fold(name: string): string {
  return name.replace(/[^A-Za-z0-9]/g, '').toLowerCase();
}

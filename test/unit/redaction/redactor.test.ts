import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { REQUEST_FINDINGS_MAX, REQUEST_LOOKS_MAX } from '../../../redaction/limits.ts';
import { createRedactor, TOKENS_MADE_MAX } from '../../../redaction/redactor.ts';

const keys = {
  principal: Buffer.from('Jefe'),
  session: Buffer.from('Jefe'),
  token: Buffer.alloc(32),
};
const redactor = createRedactor({ tenant: 'default', keys });

function redacted(text: string, key = ''): string {
  const redaction = redactor.redactValue(key, Buffer.from(text));
  return redaction === null ? text : Buffer.from(redaction.replacement).toString('utf8');
}

function rulesOf(text: string, key = ''): readonly string[] {
  return redactor.redactValue(key, Buffer.from(text))?.receipts.map(({ rule }) => rule) ?? [];
}

describe('keys of secrets', () => {
  it.each([
    'authorization',
    'http.request.header.Authorization',
    'http.request.header.x-api-key',
    'http.request.header.set-cookie',
    'api_key',
    'mcp.request.argument.password',
    'DB_PASSWORD',
    'clientSecret',
    'refresh_token',
    'mcp.auth.state',
    'mcp.auth.code_challenge',
    'requestState',
    'cvv',
  ])('drops the whole value under %s', (key) => {
    expect(redacted('anything at all, {"even": "this"}', key)).toMatch(/^\[REDACTED:[a-z_]+\]$/);
  });

  it.each([
    'password_policy',
    'gen_ai.usage.input_tokens',
    'max_tokens',
    'primary_key',
    'constructor',
    'toString',
    '__proto__',
  ])('leaves the value under %s', (key) => {
    expect(redacted('anything at all', key)).toBe('anything at all');
  });

  it('drops a token under a key that may also name a word, and leaves the word', () => {
    expect(redacted('c2Vzc2lvbi10b2tlbg9f8e7d', 'token')).toBe('[REDACTED:token]');
    expect(redacted('hello', 'token')).toBe('hello');
  });

  it('leaves what an emitter has redacted, but not what only looks like it', () => {
    expect(redacted('[REDACTED]', 'password')).toBe('[REDACTED]');
    expect(redacted('[REDACTED] hunter2', 'password')).toBe('[REDACTED:password]');
  });
});

describe('named values inside text', () => {
  it.each([
    [
      'JSON',
      '{"a":1,"password":"hun\\"ter2","b":2}',
      '{"a":1,"password":"[REDACTED:password]","b":2}',
    ],
    [
      'JSON with blanks',
      '{ "client_secret" : "hunter2" }',
      '{ "client_secret" : "[REDACTED:client_secret]" }',
    ],
    [
      'JSON in JSON',
      '{"q":"{\\"api_key\\":\\"hun\\\\\\"ter2\\",\\"b\\":2}"}',
      '{"q":"{\\"api_key\\":\\"[REDACTED:api_key]\\",\\"b\\":2}"}',
    ],
    ['a list', '{"cookie":["a=1","b]=2"],"c":3}', '{"cookie":"[REDACTED:cookie]","c":3}'],
    ['an object', '{"secret":{"a":{"b":"hunter2"}},"c":3}', '{"secret":"[REDACTED:secret]","c":3}'],
    ['a number', '{"password":123456}', '{"password":"[REDACTED:password]"}'],
    ['JSON that was cut off', '{"password":"hunter2 and', '{"password":"[REDACTED:password]'],
    [
      'Python',
      "{'password': 'hunter2', 'b': None}",
      "{'password': '[REDACTED:password]', 'b': None}",
    ],
    ['a query', '/x?access_token=hunter2&b=1', '/x?access_token=[REDACTED:token]&b=1'],
    [
      'a header',
      'GET /\r\nAuthorization: Digest a, b\r\nHost: h',
      'GET /\r\nAuthorization: [REDACTED:authorization]\r\nHost: h',
    ],
    [
      'an escaped header',
      '"a\\nCookie: a=1; b=2\\nHost: h"',
      '"a\\nCookie: [REDACTED:cookie]\\nHost: h"',
    ],
    ['k=v text', 'user=x password=hunter2 b=1', 'user=x password=[REDACTED:password] b=1'],
    ['YAML', 'a: 1\napi_key: hunter2\n', 'a: 1\napi_key: [REDACTED:api_key]\n'],
  ])('are dropped in %s', (_, text, expected) => {
    expect(redacted(text)).toBe(expected);
  });

  it.each(['{"password":true,"token":null}', '{"password":""}', 'the password', 'a == b', 'x:y=z'])(
    'are not seen in %s',
    (text) => {
      expect(redacted(text)).toBe(text);
    },
  );
});

describe('authorization values', () => {
  // The examples of RFC 6750 (2.1), RFC 7617 (2) and RFC 7519 (3.1).
  it.each([
    ['sent Bearer mF_9.B5f-4.1JqM to it', 'sent Bearer [REDACTED:bearer] to it'],
    ['with Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==', 'with Basic [REDACTED:basic]'],
    // As writers of JSON escape `/`, `+` and `=`.
    ['{"a":"Bearer mF_9.B5f\\/4\\u002B1Jq\\u003d"}', '{"a":"Bearer [REDACTED:bearer]"}'],
    ['"http:\\/\\/a:sesame@example.com"', '"http:\\/\\/[REDACTED:url_credentials]@example.com"'],
    ['?h=%22Bearer%20mF_9.B5f-4.1JqM%22', '?h=%22Bearer%20[REDACTED:bearer]%22'],
    [
      'open https://aladdin:sesame@example.com/a',
      'open https://[REDACTED:url_credentials]@example.com/a',
    ],
    [
      'eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODB9.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk.',
      '[SECRET:jwt]',
    ],
  ])('%s', (text, expected) => {
    expect(redacted(text)).toBe(expected);
  });

  it.each([
    'bearer authentication is used',
    'Basic authentication',
    'https://example.com/@user',
    'ssh://git@example.com/x',
  ])('leaves %s', (text) => {
    expect(redacted(text)).toBe(text);
  });
});

describe('identities and sessions', () => {
  // HMAC-SHA-256 of RFC 4231, test case 2: its key is "Jefe", its text "what do ya want for nothing?".
  const digest = '5bdcc146bf60754e6a042426089575c7';

  it('become principals, wherever their key stands', () => {
    const name = 'What do ya want for nothing?';
    expect(redacted(name, 'user.email')).toBe(`p_${digest}`);
    expect(redacted(name, 'microsoft.a365.caller.agent.user.id')).toBe(`p_${digest}`);
    expect(redacted(`{"userId":"${name}"}`)).toBe(`{"userId":"p_${digest}"}`);
    expect(redacted(`a=1,userId=${encodeURIComponent(name)},b=2`)).toBe(
      `a=1,userId=p_${digest},b=2`,
    );
  });

  it('are told once a take, with the name as it was sent', () => {
    redactor.takePrincipals();
    redacted(' Alice@Example.com ', 'user.email');
    redacted('alice@example.com', 'user.email');
    expect(redactor.takePrincipals().map(({ key }) => key)).toEqual(['user.email']);
    expect(redactor.takePrincipals()).toEqual([]);
    redacted(' Alice@Example.com ', 'user.email');
    expect(redactor.takePrincipals()[0]?.name).toBe('Alice@Example.com');
  });

  it.each(['anonymous', 'Unknown', 'default_user_id'])('leave %s, who is nobody', (name) => {
    expect(redacted(name, 'user.id')).toBe(name);
    expect(rulesOf(name, 'user.id')).toEqual([]);
  });

  it('hash session ids in attributes, headers and JSON', () => {
    const id = 'what do ya want for nothing?';
    expect(redacted(id, 'mcp.session.id')).toBe(`s_${digest}`);
    expect(redacted(id, 'http.request.header.mcp-session-id')).toBe(`s_${digest}`);
    expect(redacted(`{"mcp_session_id":"${id}"}`)).toBe(`{"mcp_session_id":"s_${digest}"}`);
  });
});

describe('a redactor', { timeout: 60_000 }, () => {
  it('mends text that is not UTF-8, and finds what the broken byte parted from its beginning', () => {
    const text = Buffer.concat([Buffer.of(0xff), Buffer.from('4111111111111111')]);
    const redaction = redactor.redactValue('', text);
    expect(Buffer.from(redaction?.replacement ?? []).toString()).toBe('\ufffd411111******1111');
    expect(redaction?.receipts.map(({ rule }) => rule)).toEqual(['invalid_utf8', 'card']);
    expect(redactor.redactBytes('', Buffer.of(0xff, 0xfe))).toBeNull();
  });

  it('counts each rule once', () => {
    const text = Buffer.from('4111111111111111, 4242424242424242');
    expect(redactor.redactValue('', text)?.receipts).toEqual([
      { rule: 'card', count: 2, action: 'truncate', dataClass: 'card' },
    ]);
  });

  it('looks only at the stretch it is given', () => {
    const text = Buffer.from('"password":"hunter2" 4111111111111111');
    expect(redactor.redactValue('', text, 12, 19)).toBeNull();
    expect(redactor.redactValue('', text, 21, 36)).toBeNull();
    expect(redactor.redactValue('', text, 21, 37)).not.toBeNull();
  });

  it('changes nothing else, and nothing twice', () => {
    const words = fc.constantFrom(
      'order ',
      'é',
      '"k":',
      '{',
      '\\"',
      '12 ',
      'https://',
      '\n',
      ',',
      '=',
      '🙂',
      'ok-',
      '_',
    );
    fc.assert(
      fc.property(fc.array(words), fc.array(words), (before, after) => {
        const text = `${before.join('')} 4242 4242 4242 4242 ${after.join('')}`;
        const once = redacted(text);
        expect(once).toContain('424242******4242');
        expect(redacted(once)).toBe(once);
      }),
    );
  });

  it('drops a text with more findings than anybody writes', () => {
    expect(redacted('password=x '.repeat(20_000))).toBe('[DROPPED:too_many_findings]');
  });

  it('drops a text that is made to be read again and again, and keeps one that is not', () => {
    expect(redacted('"token":[ '.repeat(2_000))).toBe('[DROPPED:too_costly]');
    expect(rulesOf('"token":[ '.repeat(2_000))).toEqual(['too_costly']);
    const prose = 'token: one of the words of this text; '.repeat(2_000);
    expect(redacted(prose)).toBe(prose);
  });

  it('drops texts with findings beyond those that one request can have, and no others', () => {
    const own = createRedactor({ tenant: 'default', keys });
    const text = Buffer.from('pwd=x '.repeat(5_000));
    const last = (): string => {
      const redaction = own.redactValue('', Buffer.from('pin pwd=x'));
      return Buffer.from(redaction?.replacement ?? []).toString();
    };
    for (let done = 0; done < REQUEST_FINDINGS_MAX; done += 5_000) own.redactValue('', text);
    expect(last()).toBe('[DROPPED:too_many_findings]');
    expect(own.redactValue('', Buffer.from('nothing here'))).toBeNull();
    own.takePrincipals();
    expect(last()).toBe('pin pwd=[REDACTED:password]');
  });

  it('tells who was met with each request, also in values that it has seen before', () => {
    const own = createRedactor({ tenant: 'default', keys });
    const text = Buffer.from('{"enduser.id":"ana"}');
    for (let request = 0; request < 3; request += 1) {
      const redaction = own.redactValue('gen_ai.tool.call.arguments', text);
      expect(Buffer.from(redaction?.replacement ?? []).toString()).toMatch(/"p_[0-9a-f]{32}"/);
      expect(own.takePrincipals().map(({ name }) => name)).toEqual(['ana']);
    }
  });

  it('answers for a value seen before as it did, under its own key only', () => {
    const own = createRedactor({ tenant: 'default', keys });
    const said = (key: string): string | undefined => {
      const redaction = own.redactValue(key, Buffer.from('tomorrow-is-monday'));
      return redaction ? Buffer.from(redaction.replacement).toString() : undefined;
    };
    for (let time = 0; time < 3; time += 1) {
      expect(said('note')).toBeUndefined();
      expect(said('db.password')).toBe('[REDACTED:password]');
    }
  });

  it('drops what is made of nothing but candidates, until the next request', () => {
    const own = createRedactor({ tenant: 'default', keys, requestLooksMax: 2_000 });
    const rules = (text: string) =>
      own.redactValue('', Buffer.from(text))?.receipts.map(({ rule }) => rule) ?? [];
    expect(rules('AB12 '.repeat(2_001))).toEqual(['too_costly']);
    // Nor anything behind it, and what was dropped so is not remembered.
    expect(rules('plain text AB12')).toEqual(['too_costly']);
    expect(own.takeLimits()).toEqual(['requestLooksMax', 'requestLooksMax']);
    own.takePrincipals();
    expect(rules('plain text AB12')).toEqual([]);
    expect(own.takeLimits()).toEqual([]);
  });

  it('has looks enough for 16 MiB of rows of numbers', () => {
    const row = '48213,77.31,5,0.48,19\n';
    const own = createRedactor({
      tenant: 'default',
      keys,
      requestLooksMax: REQUEST_LOOKS_MAX / 64,
    });
    expect(
      own.redactValue('', Buffer.from(row.repeat((16 * 2 ** 20) / 64 / row.length))),
    ).toBeNull();
  });

  it('reads the beginning and the end of a key, however long it is', () => {
    const dots = '.'.repeat(1_000_000);
    expect(redacted('x', `${dots}db_password`)).toBe('[REDACTED:password]');
    expect(redacted('x', `mcp.auth.${dots}`)).toBe('[REDACTED:mcp_auth]');
    expect(redacted('x', `a${dots}`)).toBe('x');
  });

  it('gives a name of any length its id, and tells only those that a person can have', () => {
    const own = createRedactor({ tenant: 'default', keys });
    expect(own.redactValue('user.id', Buffer.from('x'.repeat(1025)))).not.toBeNull();
    expect(own.takePrincipals()).toEqual([]);
    own.redactValue('user.id', Buffer.from('x'.repeat(1024)));
    expect(own.takePrincipals().map(({ name }) => name.length)).toEqual([1024]);
  });

  it('drops names beyond those that one request can have, until the next one', () => {
    const own = createRedactor({ tenant: 'default', keys });
    const last = (name: string): string => {
      const redaction = own.redactValue('user.id', Buffer.from(name));
      return Buffer.from(redaction?.replacement ?? []).toString();
    };
    for (let name = 0; name < TOKENS_MADE_MAX; name += 1) last(`user ${name}`);
    expect(last('one more')).toBe('[DROPPED:too_many_tokens]');
    own.takePrincipals();
    expect(last('one more')).toMatch(/^p_[0-9a-f]{32}$/);
  });

  it.each([
    '1 2 3 4 ',
    'eyJ',
    '-----BEGIN ',
    '//a@',
    'password:"',
    '"password":[',
    '\\"',
    'sk-sk-',
    'bearer ',
    'basic ab',
    'Authorization:',
    '4111 ',
    'token=\u00a0',
    '"token":[ ',
    'basic+',
    '%22',
    '\\u00a0',
    'user:',
    '"user":{',
    'aGVsbG8gd29ybGQgaGVsbG8gd29ybGQ/',
  ])('takes time in proportion to a text of %s', (unit) => {
    const time = (bytes: Buffer): number => {
      let best = Infinity;
      for (let run = 0; run < 3; run += 1) {
        const start = process.cpuUsage();
        redactor.redactValue('', bytes);
        const used = process.cpuUsage(start);
        best = Math.min(best, used.user + used.system);
      }
      return best;
    };
    const short = Buffer.from(unit.repeat(Math.ceil(20_000 / unit.length)));
    const long = Buffer.concat(Array.from({ length: 16 }, () => short));
    // Linear is 16 times as long; a square would be 256 times.
    expect(time(long)).toBeLessThan(80 * (time(short) + 300));
  });
});

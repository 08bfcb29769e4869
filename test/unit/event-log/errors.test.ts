import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { EventLogError, eventLogErrors } from '../../../event-log/errors.ts';

const readme = readFileSync(new URL('../../../event-log/README.md', import.meta.url), 'utf8');

test('the README lists each error code with its kind, and no other', () => {
  const listed = [...readme.matchAll(/^\| `(EVENT_LOG_\w+)` \| (\w+) \|/gmu)];
  const told = new Map(listed.map(([, code, kind]) => [code, kind]));
  const known = Object.entries(eventLogErrors).map(([code, { kind }]) => [code, kind] as const);
  expect(told).toEqual(new Map(known));
});

test('an error carries its code, kind, remedy and cause', () => {
  const cause = new Error('disk');
  const error = new EventLogError('EVENT_LOG_FULL', 'no space', cause);
  expect(error).toMatchObject({ code: 'EVENT_LOG_FULL', kind: 'retryable', cause });
  expect(error.message).toBe('EVENT_LOG_FULL: no space');
  expect(error.remedy).toContain('Push back');
});

import { describe, expect, it } from 'vitest';
import { startRole } from '../../../cli/start-role.ts';

describe('a role in a thread', () => {
  it('says which role could not be started and every reason why', async () => {
    const start = startRole({ role: 'query-api', config: { port: -1 } });
    await expect(start).rejects.toThrow(/^query-api: .*port.*credentialsFile.*masterKeyFile/s);
  });
});

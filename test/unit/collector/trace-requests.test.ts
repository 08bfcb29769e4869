import { describe, expect, it } from 'vitest';
import { traceRequests } from '../../../collector/trace-requests.ts';

describe('requests', () => {
  it('go to the acceptor itself where nothing is traced', () => {
    const accept = async () => Promise.resolve({ accepted: 1, rejected: [] });
    expect(traceRequests(accept, 'traces')).toBe(accept);
  });
});

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { OwnerView } from '../../../../event-log/event-log.ts';
import { formatCheckpoint } from '../../../../integrity/checkpoint.ts';
import { appendLeafHashes, emptyRange, rootOf } from '../../../../integrity/compact-range.ts';
import { signNote } from '../../../../integrity/sign-note.ts';
import { seedSigner } from '../../../../integrity/signer-key.ts';
import { untilControlSigned } from '../../../../ledger/audit/control-head.ts';
import { AuditDraft } from '../../../../ledger/audit/findings.ts';
import type { TrustedHead } from '../../../../ledger/audit/log-audit.ts';
import { registryLogId } from '../../../../ledger/read-control.ts';
import { treeChange } from '../../../../ledger/state.ts';

const ORIGIN = 'a-deployment/log/registry/p0/e0';
const seed = (text: string): Uint8Array => createHash('sha256').update(text).digest();
const signer = seedSigner(ORIGIN, 'ed25519', seed('the signer'));
const stranger = seedSigner(ORIGIN, 'ed25519', seed('a stranger'));

const treeOf = (size: number) =>
  appendLeafHashes(
    emptyRange,
    Array.from({ length: size }, (_, at) => seed(`leaf ${at}`)),
  );

async function noteOf(size: number, by = signer): Promise<string> {
  const root = rootOf(treeOf(size));
  return signNote(formatCheckpoint({ origin: ORIGIN, size, root }), [by]);
}

type World = {
  /** How many control events the ledger has committed as sealed. */
  readonly sealed: number;
  /** Sizes of the newest head in the store, one a look; the last stays. */
  readonly heads: number[];
  readonly by?: typeof signer;
  readonly waitMsMax?: number;
};

/** What is given, what is found, and how often the store was asked. */
async function waited({ sealed, heads, by = signer, waitMsMax = 10_000 }: World) {
  const { value } = treeChange(treeOf(sealed));
  const view = {
    position: () => sealed,
    getState: () => value ?? undefined,
    scanState: () => [],
  } satisfies OwnerView;
  const log = {
    range: async () => Promise.resolve({ start: 0, end: sealed }),
    inspect: async () => Promise.resolve(view),
  };
  let looks = 0;
  const store = {
    query: async <Row>() => {
      looks += 1;
      const size = heads.length > 1 ? heads.shift() : heads[0];
      const rows = size === undefined ? [] : [{ size, note: await noteOf(size, by) }];
      return rows as unknown as readonly Row[];
    },
  };
  const draft = new AuditDraft();
  const known = new Map<string, TrustedHead>();
  const signal = AbortSignal.timeout(waitMsMax);
  const parts = { log, store, signal };
  const head = await untilControlSigned(parts, { draft, heads: known, keys: [signer.key] });
  const findings = draft.report().findings.map(({ code }) => code);
  return { head, findings, looks, known: known.get(registryLogId) };
}

describe('the head of control events that an auditor waits for', () => {
  it('is the one over all that the ledger has sealed', async () => {
    const { head, known, findings } = await waited({ sealed: 4, heads: [4] });
    expect(head).toEqual({ size: 4, root: Buffer.from(rootOf(treeOf(4))).toString('hex') });
    expect(known).toEqual(head);
    expect(findings).toEqual([]);
  });

  it('is not looked for where no event was ever sealed', async () => {
    expect(await waited({ sealed: 0, heads: [] })).toMatchObject({ head: undefined, looks: 0 });
  });

  it('that never comes is a trouble that passes, and no finding', async () => {
    const late = waited({ sealed: 4, heads: [], waitMsMax: 900 });
    await expect(late).rejects.toMatchObject({ code: 'LEDGER_CONTROL_UNSEALED', retryable: true });
  });

  it('is none that a stranger signed', async () => {
    const forged = waited({ sealed: 4, heads: [9], by: stranger, waitMsMax: 900 });
    await expect(forged).rejects.toMatchObject({ code: 'LEDGER_CONTROL_UNSEALED' });
  });
});

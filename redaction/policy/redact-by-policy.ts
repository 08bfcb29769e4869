import type { RedactionAction } from '../../schemas/record-types.ts';
import type { DataClass } from '../data-classes.ts';
import type { Tier } from '../finding.ts';
import { redactText } from '../redact-text.ts';
import type { PolicyServer } from './evaluate.ts';
import { valuesAction } from './evaluate.ts';
import type { CompiledDetector } from './own-detector.ts';
import { compileDetector, findOwn } from './own-detector.ts';
import type { RedactionPolicy } from './policy.ts';
import { createRecordRedactor } from './record-redactor.ts';
import { createReplacing } from './replace-own.ts';

/** Places are those of the text that was given, in UTF-16 code units. */
export type PolicyFinding = {
  readonly type: DataClass;
  readonly start: number;
  readonly end: number;
  readonly rule: string;
  readonly tier: Tier;
  readonly action: RedactionAction;
};

/** What the record stage did; it works on what the values stage left, so that it has no places in the text given. */
export type RecordFinding = {
  readonly stage: 'record';
  readonly type: string;
  readonly rule: string;
  readonly count: number;
  readonly action: RedactionAction;
};

export type TextByPolicy = {
  readonly text: string;
  readonly findings: readonly (PolicyFinding | RecordFinding)[];
};

export type TextRedactor = (text: string, keyPath?: string) => TextByPolicy;

export type TextStages = {
  readonly policy: RedactionPolicy;
  /** 32 bytes. */
  readonly tokenKey: Uint8Array;
  /** Null when the record stage is left out. */
  readonly server: PolicyServer | null;
};

/**
 * What both stages do by a policy, told with places. It throws where the collector would drop a value: on a pattern that takes too long.
 */
export function createTextRedactor({ policy, tokenKey, server }: TextStages): TextRedactor {
  const values = valuesStage(policy, tokenKey);
  const key = { version: policy.keyVersion, key: tokenKey };
  const record =
    server === null
      ? null
      : createRecordRedactor({ tenant: 'none', policy, server, tokenKey: key });
  if (record === null) return values;
  return (text, keyPath = '') => {
    const first = values(text, keyPath);
    const second = record.redact(keyPath, first.text);
    if (second === null) return first;
    const findings = second.receipts.map(({ rule, count, action, dataClass = 'none' }) => {
      return { stage: 'record', type: dataClass, rule, count, action } as const;
    });
    return { text: second.text, findings: [...first.findings, ...findings] };
  };
}

// The tenant's own detectors go before the engine, as in the collector.
function valuesStage(policy: RedactionPolicy, tokenKey: Uint8Array): TextRedactor {
  const actionFor = valuesAction(policy);
  const detectors = policy.detectors.map(compileDetector);
  const key = { version: policy.keyVersion, key: tokenKey };
  return (text, keyPath = '') => {
    const own = detectors.flatMap((detector) => ownPieces(detector, text, keyPath));
    const pieces = own.flatMap(({ dataClass, ...piece }): Piece[] => {
      const action = actionFor(dataClass, keyPath);
      if (action === 'keep') return [];
      const replacing = createReplacing(key, dataClass, action);
      const replacement = replacing.replace(text.slice(piece.start, piece.end));
      const { action: done } = replacing.receipt();
      return [{ ...piece, type: dataClass, tier: 'certain', action: done, replacement }];
    });
    const { receipts } = redactText(text, {
      actionFor,
      keyPath,
      tokenKey,
      tokenKeyVersion: policy.keyVersion,
    });
    const found = receipts.map(({ dataClass, ...rest }): Piece => ({ type: dataClass, ...rest }));
    return spliced(text, ordered(pieces), found);
  };
}

type Piece = PolicyFinding & { readonly replacement: string };

function ownPieces(detector: CompiledDetector, text: string, keyPath: string) {
  const { id, class: dataClass } = detector.detector;
  return findOwn(detector, text, keyPath).map(({ start, end }) => {
    return { start, end, dataClass, rule: `own:${id}` };
  });
}

// Of detectors that find the same the first holds.
function ordered(pieces: readonly Piece[]): readonly Piece[] {
  const kept: Piece[] = [];
  for (const piece of pieces) if (!kept.some((each) => overlaps(each, piece))) kept.push(piece);
  return kept;
}

function spliced(text: string, own: readonly Piece[], found: readonly Piece[]): TextByPolicy {
  const rest = found.filter((piece) => !own.some((each) => overlaps(each, piece)));
  const pieces = [...own, ...rest].toSorted((a, b) => a.start - b.start);
  let out = '';
  let from = 0;
  for (const { start, end, replacement } of pieces) {
    out += text.slice(from, start) + replacement;
    from = end;
  }
  const findings = pieces.map(({ type, start, end, rule, tier, action }) => {
    return { type, start, end, rule, tier, action };
  });
  return { text: out + text.slice(from), findings };
}

function overlaps(a: Piece, b: Piece): boolean {
  return a.start < b.end && b.start < a.end;
}

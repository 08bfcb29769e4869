import type { RedactionReceipt } from '../../schemas/redactor.ts';
import type { TokenKey } from '../class-token.ts';
import type { ActionFor, DataClass } from '../data-classes.ts';
import { isDataClass } from '../data-classes.ts';
import { createRedactor } from '../redactor.ts';
import type { PolicyServer } from './evaluate.ts';
import { recordAction, strengthenedClasses } from './evaluate.ts';
import { fieldClass, valuesInText } from './health-fields.ts';
import { compileDetector } from './own-detector.ts';
import type { RedactionPolicy } from './policy.ts';
import { createReplacing, withOwnDetectors } from './replace-own.ts';

/** What the record stage does to the texts of one server's records. */
export interface RecordRedactor {
  /** Null when the text may stay. Fails closed: a text that cannot be looked at is dropped. */
  redact(path: string, text: string): RedactedText | null;
}

export type RedactedText = {
  readonly text: string;
  readonly receipts: readonly RedactionReceipt[];
};

/** Null `tokenKey`: the stage has no keys, and drops what was to be a token. */
export type RecordStage = {
  readonly tenant: string;
  readonly policy: RedactionPolicy;
  readonly server: PolicyServer;
  readonly tokenKey: TokenKey | null;
};

/** The record stage for a server; null when it does no more there than the values stage did, as for most. */
export function createRecordRedactor(stage: RecordStage): RecordRedactor | null {
  const { policy, server, tokenKey } = stage;
  const classes = strengthenedClasses(policy, server);
  if (classes.size === 0) return null;
  const said = recordAction(policy, server);
  const actionFor: ActionFor = (dataClass, keyPath) => {
    const action = classes.has(dataClass) ? said(dataClass, keyPath) : 'keep';
    return action === 'token' && tokenKey === null ? 'drop' : action;
  };
  const key = tokenKey ?? { version: policy.keyVersion, key: noKey };
  const engine = createRedactor({
    tenant: stage.tenant,
    keys: { principal: noKey, session: noKey, token: Buffer.from(key.key) },
    tokenKeyVersion: key.version,
    actionFor,
    stage: 'record',
  });
  const detectors = [...policy.detectors.map(compileDetector), ...valuesInText];
  const redactor = withOwnDetectors(engine, { detectors, actionFor, tokenKey: key });
  const fields: FieldStage = { actionFor, key };
  return {
    redact: (path, text) => {
      try {
        const inFields = redactFields(fields, path, text);
        const marked = dropMarks(actionFor, path, inFields.text);
        const done = redactor.redactValue(path, Buffer.from(marked.text));
        redactor.takePrincipals();
        const receipts = [...inFields.receipts, ...marked.receipts, ...(done?.receipts ?? [])];
        if (receipts.length === 0) return null;
        return { text: done ? Buffer.from(done.replacement).toString() : marked.text, receipts };
      } catch {
        return dropped;
      }
    },
  };
}

const noKey = Buffer.alloc(32);
const dropped: RedactedText = {
  text: '[DROPPED:engine_failure]',
  receipts: [{ rule: 'engine_failure', count: 1, action: 'drop' }],
};

type FieldStage = { readonly actionFor: ActionFor; readonly key: TokenKey };

// Values of JSON whose key says their class: cities and diagnoses cannot be told by their looks.
function redactFields(stage: FieldStage, path: string, text: string): RedactedText {
  const receipts: RedactionReceipt[] = [];
  const done = redactText(stage, { path, value: text, dataClass: null, depth: 0 }, receipts);
  return { text: done, receipts };
}

/** A text that is JSON is looked into wherever it stands: tools answer with JSON in a text, attributes hold it. */
function redactText(
  stage: FieldStage,
  field: Field & { readonly value: string },
  receipts: RedactionReceipt[],
): string {
  const { value: text, path, depth } = field;
  const first = text[0];
  if (first !== '{' && first !== '[' && first !== '"') return text;
  const parsed = parseJson(text);
  if (parsed === undefined) return withoutNamed(stage, path, text, receipts);
  const before = receipts.length;
  const value = walk(stage, { ...field, value: parsed.value, depth: depth + 1 }, receipts);
  return receipts.length === before ? text : JSON.stringify(value);
}

const namedPattern = /["']([^"'\\]{1,64})\\{0,8}["']\s{0,8}:/gu;

// What was cut, or is written as Python writes it, has names but no end of a value that could be told: it goes as a whole.
function withoutNamed(
  { actionFor }: FieldStage,
  path: string,
  text: string,
  receipts: RedactionReceipt[],
): string {
  for (const [, key = ''] of text.matchAll(namedPattern)) {
    const dataClass = fieldClass(key);
    if (dataClass === null || actionFor(dataClass, `${path}.${key}`) === 'keep') continue;
    receipts.push({ rule: `field:${dataClass}`, dataClass, count: 1, action: 'drop' });
    return `[DROPPED:${dataClass}]`;
  }
  return text;
}

function parseJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

type Field = {
  readonly path: string;
  readonly value: unknown;
  readonly dataClass: DataClass | null;
  readonly depth: number;
};

const DEPTH_MAX = 64;

function walk(stage: FieldStage, field: Field, receipts: RedactionReceipt[]): unknown {
  const { path, value, dataClass, depth } = field;
  if (depth > DEPTH_MAX) throw new Error('a value is nested too deep');
  if (Array.isArray(value)) {
    return value.map((item: unknown) =>
      walk(stage, { ...field, value: item, depth: depth + 1 }, receipts),
    );
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, member]: [string, unknown]) => {
        const below = { path: `${path}.${key}`, value: member, depth: depth + 1 };
        return [key, walk(stage, { ...below, dataClass: fieldClass(key) ?? dataClass }, receipts)];
      }),
    );
  }
  if (dataClass === null && typeof value === 'string') {
    return redactText(stage, { ...field, value }, receipts);
  }
  if (dataClass === null || value === '') return value;
  if (typeof value !== 'string' && typeof value !== 'number') return value;
  const action = stage.actionFor(dataClass, path);
  if (action === 'keep') return value;
  const replacing = createReplacing(stage.key, dataClass, action);
  const replaced = replacing.replace(String(value));
  receipts.push({ rule: `field:${dataClass}`, dataClass, count: 1, ...replacing.receipt() });
  return replaced;
}

const markPattern = /\[([A-Z_]{2,32}):[a-z0-9]{1,8}:[0-9a-f]{24}\]/g;

// A token that the values stage put, of a class that is dropped here.
function dropMarks(actionFor: ActionFor, path: string, text: string): RedactedText {
  const counts = new Map<DataClass, number>();
  const replaced = text.replace(markPattern, (mark, name: string) => {
    const dataClass = name.toLowerCase();
    if (!isDataClass(dataClass) || actionFor(dataClass, path) !== 'drop') return mark;
    counts.set(dataClass, (counts.get(dataClass) ?? 0) + 1);
    return `[DROPPED:${dataClass}]`;
  });
  const receipts = [...counts].map(([dataClass, count]): RedactionReceipt => {
    return { rule: 'token', dataClass, count, action: 'drop' };
  });
  return { text: replaced, receipts };
}

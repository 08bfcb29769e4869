import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import type { Mistake } from './errors.ts';
import { RegistryError } from './errors.ts';

const DOCUMENT_BYTES_MAX = 4 * 1024 * 1024;

/** A YAML 1.2 document as a schema parses it. Throws a `RegistryError` that tells every mistake at once, each with its place. */
export function readDocument<T>(yaml: string, schema: z.ZodType<T>): T {
  if (Buffer.byteLength(yaml) > DOCUMENT_BYTES_MAX) {
    const message = `larger than ${DOCUMENT_BYTES_MAX} bytes; split it by tenant`;
    throw new RegistryError('REGISTRY_DOCUMENT_TOO_LARGE', [{ path: '(document)', message }]);
  }
  const parsed = schema.safeParse(readYaml(yaml));
  return parsed.success ? parsed.data : refuse(parsed.error.issues.map(mistakeOf));
}

export function refuse(mistakes: readonly Mistake[]): never {
  throw new RegistryError('REGISTRY_DOCUMENT_INVALID', mistakes);
}

function readYaml(yaml: string): unknown {
  const lineCounter = new LineCounter();
  const document = parseDocument(yaml, { lineCounter, prettyErrors: false });
  if (document.errors.length > 0) {
    refuse(
      document.errors.map(({ pos, message }) => {
        const { line, col } = lineCounter.linePos(pos[0]);
        return { path: `line ${line}, column ${col}`, message };
      }),
    );
  }
  try {
    return withoutExtensions(document.toJS({ maxAliasCount: 1000 }) ?? {});
  } catch (cause) {
    return refuse([{ path: '(document)', message: String(cause) }]);
  }
}

// Keys that begin with `x-` are the author's own: a place for anchors, as in compose files.
function withoutExtensions(document: unknown): unknown {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return document;
  return Object.fromEntries(Object.entries(document).filter(([key]) => !key.startsWith('x-')));
}

function mistakeOf(issue: z.core.$ZodIssue): Mistake {
  const path = issue.path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('');
  return { path: path.replace(/^\./, '') || '(document)', message: issue.message };
}

import type { Scan } from '../finding.ts';
import { latinOf, textOf } from '../finding.ts';
import type { Term } from '../vocabulary/dictionary.ts';
import { termOfKey } from '../vocabulary/dictionary.ts';
import { detectField } from './structured-line.ts';

type Column = Term | undefined;
const COLUMNS_MAX = 200;
const LINE_BYTES_MAX = 8192;

/** Tables as text (CSV, TSV, Markdown): what a column's name in the first line says holds for the lines below it. */
export function detectTables(scan: Scan): void {
  const latin = latinOf(scan);
  let columns: readonly Column[] | null = null;
  let delimiter = '';
  let from = 0;
  let real = indexOrEnd(latin, '\n', 0);
  const marks = nextMarks(latin);
  if (real === latin.length && !latin.includes('\\n')) return;
  while (from < latin.length) {
    if (real < from) real = indexOrEnd(latin, '\n', from);
    // Of most texts nearly all lines hold nothing that parts columns.
    if (columns === null && scan.takesShortCuts && marks(from) >= real) {
      from = real + 1;
      continue;
    }
    const { end, next } = lineEnd(latin, from, real);
    // A table within a JSON string begins behind its quote.
    const start: number = columns === null ? behindQuote(latin, from, end) : from;
    if (columns !== null && !detectRow(scan, start, end, columns, delimiter)) columns = null;
    if (columns === null && end - start < LINE_BYTES_MAX) {
      delimiter = delimiterOf(latin, start, end);
      columns = delimiter === '' ? null : columnsOf(scan, start, end, delimiter);
    }
    from = next;
  }
}

const delimiters = ['|', '\t', ';', ','];

// The place of the next delimiter from a place on, which rises from call to call.
function nextMarks(latin: string): (from: number) => number {
  const places = delimiters.map(() => -1);
  return (from) => {
    let next = latin.length;
    for (let index = 0; index < places.length; index += 1) {
      let place = places[index] ?? -1;
      if (place < from) {
        place = indexOrEnd(latin, delimiters[index] ?? '', from);
        places[index] = place;
      }
      if (place < next) next = place;
    }
    return next;
  };
}

// A line ends with a line break, or with `\n` as JSON writes it.
function lineEnd(
  latin: string,
  from: number,
  real: number,
): { readonly end: number; readonly next: number } {
  const escaped = latin.slice(from, real).indexOf('\\n');
  if (escaped >= 0) return { end: from + escaped, next: from + escaped + 2 };
  return { end: real > from && latin[real - 1] === '\r' ? real - 1 : real, next: real + 1 };
}

function behindQuote(latin: string, from: number, end: number): number {
  const line = latin.slice(from, end);
  const quote = line.lastIndexOf('"');
  return quote < 0 || line.includes('","') ? from : from + quote + 1;
}

function delimiterOf(latin: string, start: number, end: number): string {
  const line = latin.slice(start, Math.min(end, start + 1024));
  if (!/^["|]?\s?[A-Za-z\x80-\xff]/.test(line) || /[{}=()<>]|: /.test(line)) return '';
  return delimiters.find((mark) => line.includes(mark)) ?? '';
}

function columnsOf(
  scan: Scan,
  start: number,
  end: number,
  delimiter: string,
): readonly Column[] | null {
  const fields = fieldsOf(latinOf(scan), start, end, delimiter);
  if (fields.length < 2 || fields.length > COLUMNS_MAX) return null;
  const columns = fields.map(([from, to]) => {
    if (to - from > 40) return undefined;
    const name = textOf(scan, scan.start + from, scan.start + to)
      .trim()
      .replace(/^["']|["']$/g, '');
    return name === '' ? undefined : termOfKey(name);
  });
  const isHeader =
    fields.every(([from, to]) => to - from <= 40) &&
    columns.some((column) => column !== undefined && column.meaning !== 'none');
  return isHeader ? columns : null;
}

// False when the line has not as many fields as the header.
function detectRow(
  scan: Scan,
  start: number,
  end: number,
  columns: readonly Column[],
  delimiter: string,
): boolean {
  if (end - start > LINE_BYTES_MAX) return false;
  const fields = fieldsOf(latinOf(scan), start, end, delimiter);
  if (fields.length !== columns.length) return false;
  for (let index = 0; index < fields.length; index += 1) {
    const [from, to] = fields[index] ?? [0, 0];
    const column = columns[index];
    if (column !== undefined && column.meaning !== 'none')
      detectField(scan, scan.start + from, scan.start + to, column);
  }
  return true;
}

function fieldsOf(
  latin: string,
  start: number,
  end: number,
  delimiter: string,
): readonly (readonly [number, number])[] {
  const fields: [number, number][] = [];
  let from = start;
  while (from <= end && fields.length <= COLUMNS_MAX) {
    const isQuoted = latin[from] === '"';
    const close = isQuoted ? latin.indexOf('"', from + 1) : -1;
    let to = latin.indexOf(delimiter, close > from && close < end ? close : from);
    if (to < 0 || to > end) to = end;
    fields.push([from, to]);
    from = to + 1;
  }
  return fields;
}

function indexOrEnd(text: string, part: string, from: number): number {
  const at = text.indexOf(part, from);
  return at < 0 ? text.length : at;
}

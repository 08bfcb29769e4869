import { letters } from './letters.ts';
import type { Paint } from './paint.ts';
import { printable } from './paint.ts';

export type Column = { readonly title: string; readonly align?: 'right' };

/** A cell: text, and how it is painted once its width is known. */
export type Cell = string | { readonly text: string; readonly paint: (text: string) => string };

/** Columns under titles, two spaces apart. Text is cut at 60 characters, with an ellipsis that says so. */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  paint: Paint,
): string {
  const cells = rows.map((row) => columns.map((_, at) => fit(textOf(row[at] ?? ''))));
  const widths = columns.map(({ title }, at) =>
    Math.max(title.length, ...cells.map((row) => letters(row[at] ?? '').length)),
  );
  const head = columns.map(({ title, align }, at) => pad(title, widths[at] ?? 0, align));
  const lines = cells.map((row, r) =>
    row
      .map((text, at) => painted(rows[r]?.[at], pad(text, widths[at] ?? 0, columns[at]?.align)))
      .join('  ')
      .trimEnd(),
  );
  return [paint.bold(head.join('  ').trimEnd()), ...lines].join('\n');
}

const CELL_LENGTH_MAX = 60;

function textOf(cell: Cell): string {
  return printable(typeof cell === 'string' ? cell : cell.text);
}

function fit(text: string): string {
  const seen = letters(text);
  if (seen.length <= CELL_LENGTH_MAX) return text;
  return `${seen.slice(0, CELL_LENGTH_MAX - 1).join('')}…`;
}

function pad(text: string, width: number, align: Column['align']): string {
  const space = ' '.repeat(Math.max(0, width - letters(text).length));
  return align === 'right' ? space + text : text + space;
}

function painted(cell: Cell | undefined, text: string): string {
  return cell === undefined || typeof cell === 'string' ? text : cell.paint(text);
}

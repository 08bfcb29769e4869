import type { DataClass } from '../../../redaction/data-classes.ts';

/** Places are in UTF-16 code units of the text. */
export type Span = { readonly start: number; readonly end: number; readonly dataClass: DataClass };
export type Case = {
  readonly id: string;
  readonly language: string;
  readonly format: string;
  readonly text: string;
  readonly spans: readonly Span[];
};

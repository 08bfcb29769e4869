import type { Terminal } from './terminal.ts';

/** One option of a command, as parsed and as told by `--help`. */
export type Option = {
  readonly type: 'string' | 'boolean';
  readonly means: string;
  /** What stands for the value in the help, e.g. `FILE`. */
  readonly value?: string;
  readonly multiple?: boolean;
};

export type Arguments = {
  readonly positionals: readonly string[];
  /** Values of string options, the last where it is given twice. */
  text(option: string): string | undefined;
  /** All values of an option that may be given more than once. */
  texts(option: string): readonly string[];
  flag(option: string): boolean;
};

/** One command of `waybill`: pure data beside what it does. `run` gives the exit code or throws `CommandFailure`. */
export type Command = {
  readonly name: string;
  readonly summary: string;
  /** Positional arguments as shown in the help, e.g. `<trace-id>`; so many are needed. */
  readonly positionals: readonly string[];
  readonly options: Readonly<Record<string, Option>>;
  readonly examples?: readonly string[];
  run(given: Arguments, terminal: Terminal): Promise<number>;
};

import type { Command } from '../command.ts';
import { endOnSignal } from '../end-on-signal.ts';
import { CommandFailure, exitCodes } from '../failure.ts';

/** Plays real MCP traffic through a pipeline of its own and shows what became of it. */
export const demoCommand: Command = {
  name: 'demo',
  summary: 'start a pipeline, send real MCP traffic through it and show the chains',
  positionals: [],
  options: {
    once: { type: 'boolean', means: 'end when the chains are shown, instead of at Ctrl-C' },
    'data-dir': {
      type: 'string',
      value: 'DIR',
      means: 'where it keeps its data (./waybill-data/demo)',
    },
    json: { type: 'boolean', means: 'one JSON line with every call and its chain, for programs' },
  },
  examples: ['waybill demo', 'waybill demo --once --json'],
  async run(given, terminal) {
    const ending = endOnSignal(terminal);
    const once = given.flag('once');
    // Loaded here, so that other commands do not wait for an engine they never start.
    const { runDemo } = await import('../../demo/run-demo.ts');
    const isComplete = await runDemo({
      dataDirectory: given.text('data-dir') ?? 'waybill-data/demo',
      once,
      json: given.flag('json'),
      terminal,
      ending,
    }).catch((cause: unknown) => {
      if (cause instanceof CommandFailure) throw cause;
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new CommandFailure('failed', `waybill demo: ${why}`, cause);
    });
    return isComplete || !once ? exitCodes.ok : exitCodes.failed;
  },
};

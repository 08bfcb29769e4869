import type { Dialect } from './dialect.ts';

/** OpenTelemetry's eBPF instrumentation before September 2026: `execute_tool X` for any method, which stands as the operation. */
export const obi: Dialect = {
  name: 'obi',
  scopes: ['go.opentelemetry.io/obi'],
  scopePrefixes: ['go.opentelemetry.io/obi', 'opentelemetry-ebpf-instrumentation'],
  provesSuccess: 'never',
  rules: [
    { where: { 'gen_ai.operation.name': ['tools/call'] }, method: 'tools/call' },
    { where: { 'gen_ai.operation.name': ['tools/list'] }, method: 'tools/list' },
    { where: { 'gen_ai.operation.name': ['initialize'] }, method: 'initialize' },
    { where: { 'gen_ai.operation.name': ['resources/read'] }, method: 'resources/read' },
    { where: { 'gen_ai.operation.name': ['prompts/get'] }, method: 'prompts/get' },
    { where: { 'gen_ai.operation.name': ['ping'] }, method: 'ping' },
  ],
};

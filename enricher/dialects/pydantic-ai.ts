import type { Dialect } from './dialect.ts';

/** PydanticAI: `execute_tool X`, before version 3 `running tool`, over the client's spans; content is on by default. */
export const pydanticAi: Dialect = {
  name: 'pydantic-ai',
  scopes: ['pydantic-ai'],
  provesSuccess: 'never',
  arguments: ['gen_ai.tool.call.arguments', 'tool_arguments'],
  result: ['gen_ai.tool.call.result', 'tool_response'],
  rules: [
    { name: 'running tool', role: 'tool' },
    { name: 'agent run', role: 'agent' },
    { name: 'running tools', role: 'other' },
  ],
};

import type { Parts } from './dialects/dialect.ts';
import type { Draft } from './draft.ts';
import { PART_RANK, readParts } from './read-parts.ts';

/** Reads the asynchronous task that an answer speaks of: the one that a call began, or that a poll asked for (MCP's tasks). */
export function readTask(draft: Draft): void {
  const { method, resultType } = draft.texts;
  if (resultType !== 'task' && method?.startsWith('tasks/') !== true) return;
  const result = draft.payloads?.find(({ name }) => name === 'result');
  if (!result) return;
  const { key, value } = result;
  readParts({ key, value, parts: taskParts, rank: PART_RANK }, draft);
}

// The revision of 2025-11-25 has a task within the answer, the later extension the task itself, with the result once there is one.
const taskParts: Parts = {
  'task>taskId': 'taskId',
  'task>status': 'taskStatus',
  taskId: 'taskId',
  status: 'taskStatus',
  'result>isError': 'failed',
  '_meta>io.modelcontextprotocol/related-task>taskId': 'taskId',
};

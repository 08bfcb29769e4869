import type { Command } from './command.ts';
import { auditCommand } from './command-audit.ts';
import { backupCommand, restoreCommand } from './command-backup.ts';
import { callCommand } from './command-call.ts';
import { callsCommand } from './command-calls.ts';
import { conversationCommand } from './command-conversation.ts';
import { demoCommand } from './command-demo.ts';
import { eraseCommand, holdCommand } from './command-erase.ts';
import { keyCommand, keysCommand } from './command-key.ts';
import { proveCommand } from './command-prove.ts';
import { reconcileCommand } from './command-reconcile.ts';
import { redactCommand } from './command-redact.ts';
import { redactionKeyCommand } from './command-redaction-key.ts';
import { retentionCommand } from './command-retention.ts';
import { roleCommands } from './command-role.ts';
import { sendCommand } from './command-send.ts';
import { statusCommand } from './command-status.ts';
import { storeCommand } from './command-store.ts';
import { chargesCommand, countsCommand, redactionsCommand } from './command-totals.ts';
import { traceCommand } from './command-trace.ts';
import { topicsCommand } from './command-topics.ts';
import { upCommand } from './command-up.ts';
import { verifyFileCommands } from './command-verify.ts';
import { witnessCommand } from './command-witness.ts';

/** Every command, in the order in which one meets them. */
export const commands: readonly Command[] = [
  upCommand,
  demoCommand,
  sendCommand,
  traceCommand,
  conversationCommand,
  callsCommand,
  callCommand,
  proveCommand,
  auditCommand,
  eraseCommand,
  holdCommand,
  retentionCommand,
  backupCommand,
  restoreCommand,
  countsCommand,
  chargesCommand,
  redactionsCommand,
  statusCommand,
  reconcileCommand,
  ...verifyFileCommands,
  witnessCommand,
  redactCommand,
  keysCommand,
  keyCommand,
  redactionKeyCommand,
  ...roleCommands,
  topicsCommand,
  storeCommand,
];

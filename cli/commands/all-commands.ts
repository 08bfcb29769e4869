import type { Command } from '../command.ts';
import { archiveCommand } from './archive.ts';
import { auditCommand } from './audit.ts';
import { backupCommand, restoreCommand } from './backup.ts';
import { callCommand } from './call.ts';
import { callsCommand } from './calls.ts';
import { conversationCommand } from './conversation.ts';
import { demoCommand } from './demo.ts';
import { eraseCommand, holdCommand } from './erase.ts';
import { keyCommand, keysCommand } from './key.ts';
import { proveCommand } from './prove.ts';
import { proveRangeCommand } from './prove-range.ts';
import { reconcileCommand } from './reconcile.ts';
import { redactCommand } from './redact.ts';
import { redactionKeyCommand } from './redaction-key.ts';
import { retentionCommand } from './retention.ts';
import { roleCommands } from './role.ts';
import { sendCommand } from './send.ts';
import { signerKeyCommand } from './signer-key.ts';
import { statusCommand } from './status.ts';
import { storeCommand } from './store.ts';
import { chargesCommand, countsCommand, redactionsCommand } from './totals.ts';
import { traceCommand } from './trace.ts';
import { topicsCommand } from './topics.ts';
import { upCommand } from './up.ts';
import { verifyFileCommands } from './verify.ts';
import { witnessCommand } from './witness.ts';

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
  proveRangeCommand,
  auditCommand,
  archiveCommand,
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
  signerKeyCommand,
  ...roleCommands,
  topicsCommand,
  storeCommand,
];

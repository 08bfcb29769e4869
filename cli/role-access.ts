import type { LogAccess } from '../event-log/kafka/acls.ts';
import { auditorRole } from '../schemas/state-keys.ts';
import { topics } from '../schemas/topics.ts';
import type { LogRoleName } from './role-starts.ts';

const { spans, joins, records, registry, reads, checkpoints, directory, deadLetters } = topics;

const none = { owns: null, inspects: false, foreign: [] } as const;

/** What each role does with the log. A topic that a role begins to use is added here, or its broker refuses it. */
export const roleAccess: Readonly<Record<LogRoleName, LogAccess>> = {
  // How far the enrichers are behind decides whether spans are taken: that is seen in what they show and in the oldest span not read.
  collector: {
    ...none,
    reads: [spans, registry],
    appends: [spans, directory, deadLetters],
    inspects: true,
  },
  enricher: {
    ...none,
    reads: [spans, joins, registry],
    appends: [spans, joins, records, deadLetters],
    owns: 'enricher',
  },
  // Redactions are events of the registry; whom it erased it takes out of the directory.
  ledger: {
    ...none,
    reads: [records, registry, reads, checkpoints],
    appends: [registry, checkpoints, directory, deadLetters],
    // What is archived.
    trims: [records],
    owns: 'ledger',
  },
  // Where a partition ends for a reader is seen by reading its end.
  'query-api': {
    ...none,
    reads: [spans, records, registry, reads, directory],
    appends: [reads, registry],
    inspects: true,
  },
  // Its findings are events of the registry.
  auditor: { ...none, reads: [registry], appends: [registry], owns: auditorRole },
  'siem-exporter': { ...none, reads: [], appends: [deadLetters], owns: 'siem-exporter' },
};

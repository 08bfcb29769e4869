import type { LogMessage } from '../event-log/event-log.ts';
import { decodeAuditRecord } from '../schemas/avro-codec.ts';
import { parseSpanNumbers } from '../schemas/span-numbers.ts';
import { ANY_PRODUCER } from '../schemas/window-counts.ts';
import { headerNames } from '../schemas/topics.ts';
import { leafEncoders } from './leaf.ts';
import { recordSecrets } from './record-secrets.ts';
import type { SealedValue } from './record-secrets.ts';
import type { Blocks } from './rows.ts';
import { addRecordRows } from './rows.ts';
import type { RedactedRecord } from './erase/erasure-events.ts';
import type { Sealable } from './seal.ts';

/** The log of a partition of records. */
export function recordsLogId(partition: number): string {
  return `records/p${partition}/e0`;
}

/** The store numbers revisions in 16 bits. */
const REVISION_MAX = 65_535;

/** Reads messages of `waybill.records.v1`. */
export function readRecord(message: LogMessage): Sealable | undefined {
  if (message.value === null) return undefined;
  const record = decodeAuditRecord(message.value);
  // A row that cannot be written would stop the log behind it.
  if (record.revision > REVISION_MAX) throw new RangeError(`revision ${record.revision}`);
  const { tenant, facts } = record;
  const blind = message.headers[headerNames.blind];
  return {
    tenant,
    callId: record.callId,
    revision: record.revision,
    appendTimeUs: facts.appendTimeUs,
    counted: {
      producer: facts.producers[0] ?? ANY_PRODUCER,
      numbers: parseSpanNumbers(message.headers[headerNames.numbers]),
    },
    home: { tenant, traceId: facts.traceId },
    sealAt: (place, version, traceKey) => {
      const secrets = recordSecrets(traceKey, record, blind);
      const encoder = leafEncoders.get(version);
      if (encoder === undefined) throw new TypeError(`no encoder of leaf version ${version}`);
      const { bytes, annex } = encoder(record, place, secrets);
      const values = annex ? [...secrets.fields, annex] : secrets.fields;
      const addRows = (blocks: Blocks): void => addRecordRows(blocks, place, record, values);
      // What a key that is there does not open was changed or lost, and is not told as taken away.
      const erased = traceKey === null ? erasedOf(record.recordId, secrets.fields) : undefined;
      return erased ? { leaf: bytes, addRows, erased } : { leaf: bytes, addRows };
    },
  };
}

/** What the leaf commits to and cannot be kept, since its key was destroyed before. */
function erasedOf(recordId: string, values: readonly SealedValue[]): RedactedRecord | undefined {
  if (values.every(({ salt }) => salt !== null)) return undefined;
  const fields = values.flatMap(({ name, salt, commitment }) =>
    salt === null && commitment !== null ? [{ name, commitment }] : [],
  );
  return fields.length > 0 ? { recordId, fields } : undefined;
}

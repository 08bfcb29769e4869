import { z } from 'zod';
import type { BackPressureLimits } from './back-pressure.ts';
import { defaultBackPressure, openEmbeddedLog } from './embedded.ts';
import { EventLogError } from './errors.ts';
import type { EventLog } from './event-log.ts';
import { kafkaSettingsSchema } from './kafka/settings.ts';

/** Which log a role uses: the folder of the embedded one, or Kafka. One of the two. */
export const logSettings = {
  logDirectory: z.string().min(1).optional().describe('directory of the embedded event log'),
  kafka: kafkaSettingsSchema.optional().describe('the event log on Apache Kafka instead'),
} as const;

export type LogSettings = {
  readonly logDirectory?: string | undefined;
  readonly kafka?: z.infer<typeof kafkaSettingsSchema> | undefined;
  readonly partitions: number;
};

export type LogOptions = {
  readonly limits?: Partial<BackPressureLimits>;
  /** Told what an operator may want to know; default: a line on standard error. */
  readonly onWarning?: (sentence: string) => void;
};

/** Opens the log that the settings name. Throws `EVENT_LOG_INVALID` when they name none or both. */
export async function openEventLog(
  settings: LogSettings,
  options: LogOptions = {},
): Promise<EventLog> {
  const { logDirectory: folder, kafka, partitions } = settings;
  if ((folder === undefined) === (kafka === undefined)) {
    throw new EventLogError('EVENT_LOG_INVALID', 'the settings need logDirectory or kafka');
  }
  if (folder !== undefined) {
    return openEmbeddedLog({ folder, partitions, ...(options.limits ? options : {}) });
  }
  if (kafka === undefined) throw new Error('One of the two is there.');
  // Loaded only where it is used.
  const { openKafkaLog } = await import('./kafka/kafka-log.ts');
  const limits = { ...defaultBackPressure, ...options.limits };
  const onWarning = options.onWarning ?? ((sentence) => console.error(`event log: ${sentence}`));
  return openKafkaLog({ settings: kafka, partitions, limits, onWarning });
}

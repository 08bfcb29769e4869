import type { QueryApi, Reader } from '../api.ts';
import { objectSchema, textOrNull, time } from '../answer-schema.ts';
import { tenantStatement } from '../queries/statement.ts';
import { timeOfMicros } from '../time-text.ts';

const writePathAnswer = {
  ...objectSchema({ downSince: time, sealedUntil: textOrNull }),
  description:
    'only while the event log does not take what is written: since when this process knows it, and the time of the tenant’s newest record. What came later is in no answer yet',
};

/** The schema of an answer, with what may be told beside it. */
export function withWritePath(answer: object): object {
  const { properties } = answer as { readonly properties?: object };
  return { ...answer, properties: { ...properties, writePath: writePathAnswer } };
}

/** What is told beside an answer while nothing new can come in; nothing while all is well. */
export async function writeNotice(
  api: QueryApi,
  { tenant }: Pick<Reader, 'tenant'>,
): Promise<{ readonly writePath?: Readonly<Record<string, string | null>> }> {
  const downSinceMs = api.downSinceMs();
  if (downSinceMs === null) return {};
  const sealedUs = await newestOf(api, tenant);
  return {
    writePath: {
      downSince: timeOfMicros(downSinceMs * 1000),
      sealedUntil: sealedUs === null ? null : timeOfMicros(sealedUs),
    },
  };
}

/** Read backwards along the table's order: a granule or two. */
async function newestOf(api: QueryApi, tenant: string): Promise<number | null> {
  const [newest] = await api.store.query<{ us: number }>(
    tenantStatement({
      tenant,
      select: 'toUnixTimestamp64Micro(time) AS us',
      table: 'records',
      where: [],
      rest: { sql: 'ORDER BY tenant DESC, time DESC LIMIT 1', params: {} },
    }),
  );
  return newest?.us ?? null;
}

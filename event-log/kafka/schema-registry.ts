import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { AvroSchema } from '../../schemas/avro-fingerprint.ts';
import { EventLogError } from '../errors.ts';

export const schemaRegistrySettings = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).describe('base of its HTTP API, as Confluent’s'),
  username: z.string().min(1).optional().describe('user, where it wants one'),
  passwordFile: z.string().min(1).optional().describe('file with the password'),
  requestWaitMsMax: z.number().int().min(1).default(10_000).describe('wait for one answer'),
});

export type SchemaRegistrySettings = z.infer<typeof schemaRegistrySettings>;

/** A registry of Avro schemas that speaks Confluent's HTTP API. */
export interface SchemaRegistry {
  /** Gives the id under which the subject has the schema, and adds it where it has not. */
  register(subject: string, schema: AvroSchema): Promise<number>;
  /** Undefined, where there is no schema of that id. */
  schemaOf(id: number): Promise<AvroSchema | undefined>;
}

const MEDIA_TYPE = 'application/vnd.schemaregistry.v1+json';
const registered = z.object({ id: z.number().int().min(0).max(0xffff_ffff) });
const known = z.object({ schema: z.string() });
const avroSchema: z.ZodType<AvroSchema> = z.lazy(() =>
  z.union([z.string(), z.array(avroSchema), z.record(z.string(), z.unknown())]),
);

/**
 * Throws `EVENT_LOG_SCHEMAS_UNAVAILABLE` when the registry does not answer, `EVENT_LOG_SCHEMAS_REFUSED` when it refuses: the credentials, or a
 * schema that its rules hold to be incompatible. Source: Confluent Schema Registry API, `/subjects/{subject}/versions`, `/schemas/ids/{id}`.
 */
export function openSchemaRegistry(settings: SchemaRegistrySettings): SchemaRegistry {
  const base = settings.url.replace(/\/$/, '');

  async function ask(method: string, path: string, body?: object): Promise<unknown> {
    let answer: Response;
    let text: string;
    try {
      answer = await fetch(base + path, {
        method,
        headers: { 'content-type': MEDIA_TYPE, ...(await authorization(settings)) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(settings.requestWaitMsMax),
      });
      text = await answer.text();
    } catch (cause) {
      throw new EventLogError('EVENT_LOG_SCHEMAS_UNAVAILABLE', `${method} ${path}`, cause);
    }
    if (answer.status === 404) return undefined;
    if (!answer.ok) {
      const isForNow = answer.status >= 500 || answer.status === 408 || answer.status === 429;
      const code = isForNow ? 'EVENT_LOG_SCHEMAS_UNAVAILABLE' : 'EVENT_LOG_SCHEMAS_REFUSED';
      throw new EventLogError(code, `${method} ${path} was answered by ${answer.status}`);
    }
    return parseJson(text);
  }

  return {
    async register(subject, schema) {
      const path = `/subjects/${encodeURIComponent(subject)}/versions`;
      const body = { schemaType: 'AVRO', schema: JSON.stringify(schema) };
      const answer = registered.safeParse(await ask('POST', path, body));
      if (answer.success) return answer.data.id;
      throw new EventLogError('EVENT_LOG_SCHEMAS_REFUSED', `POST ${path} gave no id`);
    },
    async schemaOf(id) {
      const answer = known.safeParse(await ask('GET', `/schemas/ids/${id}`));
      return answer.success ? avroSchema.safeParse(parseJson(answer.data.schema)).data : undefined;
    },
  };
}

async function authorization({
  username,
  passwordFile,
}: SchemaRegistrySettings): Promise<Readonly<Record<string, string>>> {
  if (username === undefined) return {};
  const password = passwordFile ? (await readFile(passwordFile, 'utf8')).trim() : '';
  const basic = Buffer.from(`${username}:${password}`).toString('base64');
  return { authorization: `Basic ${basic}` };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

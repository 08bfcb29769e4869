import { z } from 'zod';
import { isLoopback } from './is-loopback.ts';

/** Knobs that every service of the deployment has; `port` is what it listens on by itself. */
export function serverSettings(port: number) {
  return {
    host: z.string().min(1).default('127.0.0.1').describe('address to listen on'),
    port: z
      .number()
      .int()
      .min(0)
      .max(65_535)
      .default(port)
      .describe('its port; 0 takes a free one'),
    tls: z
      .strictObject({
        certificateFile: z
          .string()
          .min(1)
          .describe('PEM: certificate of this server, and what leads to its authority'),
        keyFile: z.string().min(1).describe('PEM: its key'),
      })
      .optional()
      .describe('without it only loopback can be listened on'),
    kafka: z.unknown().optional().describe('of the roles in common; of no use here'),
    partitions: z.unknown().optional().describe('of the roles in common; of no use here'),
    stopWaitMsMax: z
      .number()
      .int()
      .min(1)
      .default(10_000)
      .describe('wait for requests under way at a stop'),
  };
}

/** Who may ask; a service adds what a client of its own may do. */
export const clientSettings = z.strictObject({
  name: z.string().min(1).describe('who, for messages'),
  tokenFile: z.string().min(1).describe('file with its token, 64 hex digits'),
});

export function clientList<Client extends z.ZodType<{ readonly name: string }>>(client: Client) {
  return z
    .array(client)
    .min(1)
    .max(64)
    .refine((clients) => new Set(clients.map(({ name }) => name)).size === clients.length, {
      message: 'two clients have one name',
    })
    .describe('who may ask');
}

export type ServerSettings = z.infer<z.ZodObject<ReturnType<typeof serverSettings>>>;

/** Whether what is served stays on this machine, or goes under TLS. */
export function isCovered({ host, tls }: Pick<ServerSettings, 'host' | 'tls'>): boolean {
  return tls !== undefined || isLoopback(host);
}

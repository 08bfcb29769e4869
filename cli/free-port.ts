import { createServer } from 'node:net';
import { CommandFailure } from './failure.ts';

/** Fails with the option's name when the port is taken, before anything is started for nothing. 0 is always free. */
export async function checkPort(host: string, port: number, option: string): Promise<void> {
  if (port === 0) return;
  const server = createServer();
  const problem = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    server.once('error', resolve);
    server.listen({ host, port, exclusive: true }, () => resolve(undefined));
  });
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (!problem) return;
  const why = problem.code === 'EADDRINUSE' ? 'is in use' : `cannot be used (${problem.code})`;
  throw new CommandFailure(
    'failed',
    `waybill up: port ${port} of ${host} ${why}: choose another with ${option} N (0 takes a free one).`,
    problem,
  );
}

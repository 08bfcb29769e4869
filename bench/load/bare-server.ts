import { once } from 'node:events';
import { createServer } from 'node:http';

/**
 * What Node alone can do: reads the body and answers 200, with nothing behind it. Run as a program it prints its port, and at SIGTERM its
 * CPU seconds: the yardstick that a busy machine shortens as it does everything else.
 */
async function main(): Promise<void> {
  const server = createServer((request, response) => {
    request.on('data', () => undefined);
    request.on('end', () => {
      response.writeHead(200, { 'content-type': 'application/x-protobuf', 'content-length': 0 });
      response.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  console.log(typeof address === 'object' ? address?.port : '');
  await once(process, 'SIGTERM');
  const { user, system } = process.cpuUsage();
  console.log((user + system) / 1e6);
  server.closeAllConnections();
  server.close();
}

if (import.meta.main) await main();

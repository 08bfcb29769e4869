import { Duplex } from 'node:stream';
import type { Socket } from 'node:net';

/** The rest of a connection whose peer has sent its last byte: it reads as these bytes and their end, and writes to the socket. */
export function remainderOf(socket: Socket, bytes: Uint8Array): Duplex {
  const rest = new Duplex({
    read: () => undefined,
    write: (chunk, encoding, done) => void socket.write(chunk, encoding, done),
    final: (done) => void socket.end(done),
    destroy(error, done) {
      socket.destroy();
      done(error);
    },
  });
  socket.once('close', () => rest.destroy());
  socket.on('error', () => rest.destroy());
  rest.push(bytes);
  rest.push(null);
  return rest;
}

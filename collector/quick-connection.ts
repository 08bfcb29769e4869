import type { Socket } from 'node:net';
import type { ProducerCredential } from '../registry/credentials.ts';
import type { PlainHead } from './plain-head.ts';

/** One connection of the quick lane. */
export type Connection = {
  readonly socket: Socket;
  readonly onData: (chunk: Buffer) => void;
  readonly onEnd: () => void;
  readonly onClose: () => void;
  /** The request whose body is still coming. */
  coming: Coming | undefined;
  /** A request is with the log; its answer is owed. */
  busy: boolean;
  /** It has had an answer: only then may it idle. */
  served: boolean;
  /** What came while it was busy. */
  ahead: Buffer[];
  aheadBytes: number;
  /** The peer sends no more, but may wait for an answer. */
  peerEnded: boolean;
  /** Its last answer is written, or it is the HTTP server's: what still comes is no request of this lane. */
  over: boolean;
  /** Since when it has been idle, or its request has been coming. */
  sinceMs: number;
};

/** A request whose head is read. */
export type Coming = {
  readonly head: PlainHead;
  readonly producer: ProducerCredential;
  readonly chunks: Buffer[];
  /** Of the body; as much is held in the byte budget. */
  bytes: number;
};

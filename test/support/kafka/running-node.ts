/** Where the files of a broker's node lie. */
export type NodeFiles = {
  /** Holds its data; `.log` beside it is what it says. */
  readonly folder: string;
  /** Its `server.properties`. */
  readonly properties: string;
};

/** A node of a broker that runs, wherever it does. */
export interface RunningNode {
  /** SIGKILL: nothing of it is flushed or said. */
  kill(): Promise<void>;
  /** It hangs, and comes back as if no time had passed. */
  pause(): void;
  resume(): void;
}

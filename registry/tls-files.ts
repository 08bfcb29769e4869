import { readFileSync, statSync } from 'node:fs';
import type { SecureContextOptions, Server } from 'node:tls';

/** PEM files of a server that speaks TLS. */
export type TlsFiles = {
  /** Its certificate, and what leads to its authority. */
  readonly certificateFile: string;
  readonly keyFile: string;
  /** Authorities of client certificates. */
  readonly clientAuthorityFile?: string | undefined;
};

const LOOK_MS = 1_000;

/** Throws what reading a file throws. */
export function tlsContextOf(files: TlsFiles): SecureContextOptions {
  const { certificateFile, keyFile, clientAuthorityFile } = files;
  const authority =
    clientAuthorityFile === undefined ? {} : { ca: readFileSync(clientAuthorityFile) };
  return { cert: readFileSync(certificateFile), key: readFileSync(keyFile), ...authority };
}

/** Renewed files come into force within a second, for new connections; while they are damaged, the last good ones hold. Gives what ends it. */
export function watchTlsFiles(
  files: TlsFiles,
  server: Pick<Server, 'setSecureContext'>,
  onProblem: () => void,
): () => void {
  let seen = fingerprint(files);
  const timer = setInterval(() => {
    try {
      const now = fingerprint(files);
      if (now === seen) return;
      server.setSecureContext(tlsContextOf(files));
      seen = now;
    } catch {
      onProblem();
    }
  }, LOOK_MS);
  timer.unref();
  return () => clearInterval(timer);
}

function fingerprint({ certificateFile, keyFile, clientAuthorityFile }: TlsFiles): string {
  return [certificateFile, keyFile, clientAuthorityFile]
    .filter((file) => file !== undefined)
    .map((file) => {
      const { ino, mtimeMs, size } = statSync(file);
      return `${ino} ${mtimeMs} ${size}`;
    })
    .join('\n');
}

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** An authority for time stamps out of OpenSSL's parts, in a folder: a root, an authority between, a signer; and another root that has to do with none. */
export function timeStampAuthority(folder: string) {
  const openssl = (...args: readonly string[]): string =>
    execFileSync('openssl', args, {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  return {
    openssl,
    /** Makes keys and certificates: `root.pem`, `other.pem` and what lies between. */
    makeAuthority: (): void => {
      writeFileSync(join(folder, 'ts.cnf'), configuration(folder));
      writeFileSync(join(folder, 'serial'), '01\n');
      selfSigned('root', openssl);
      selfSigned('other', openssl);
      issue('middle', 'root', 'authority', ['-newkey', 'rsa:2048'], openssl);
      issue(
        'signer',
        'middle',
        'signer',
        ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
        openssl,
      );
    },
    /** The answer to a request. */
    stamp: (query: Uint8Array): Buffer => {
      writeFileSync(join(folder, 'query.tsq'), query);
      openssl('ts', '-reply', '-config', 'ts.cnf', '-queryfile', 'query.tsq', '-out', 'reply.tsr');
      return readFileSync(join(folder, 'reply.tsr'));
    },
  };
}

type Openssl = (...args: readonly string[]) => string;

function configuration(folder: string): string {
  return `[tsa]
default_tsa = one
[one]
serial = ${folder}/serial
signer_cert = ${folder}/signer.pem
signer_key = ${folder}/signer.key
certs = ${folder}/middle.pem
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_chain = no
ess_cert_id_alg = sha256
[authority]
basicConstraints = critical,CA:true
[signer]
extendedKeyUsage = critical,timeStamping
[request]
distinguished_name = name
[name]
`;
}

function selfSigned(name: string, openssl: Openssl): void {
  const subject = ['-subj', `/CN=${name}`, '-config', 'ts.cnf', '-extensions', 'authority'];
  const key = ['-newkey', 'rsa:2048', '-nodes', '-keyout', `${name}.key`];
  openssl('req', '-x509', '-days', '2', ...key, '-out', `${name}.pem`, ...subject);
}

function issue(
  name: string,
  issuer: string,
  extensions: string,
  key: readonly string[],
  openssl: Openssl,
): void {
  const out = ['-nodes', '-keyout', `${name}.key`, '-out', `${name}.csr`];
  openssl('req', '-new', ...key, ...out, '-subj', `/CN=${name}`, '-config', 'ts.cnf');
  const by = ['-CA', `${issuer}.pem`, '-CAkey', `${issuer}.key`, '-CAcreateserial', '-days', '1'];
  const extension = ['-extfile', 'ts.cnf', '-extensions', extensions];
  openssl('x509', '-req', '-in', `${name}.csr`, ...by, '-out', `${name}.pem`, ...extension);
}

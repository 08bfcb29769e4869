import { createPrivateKey } from 'node:crypto';

// A certificate for 127.0.0.1 that nobody trusts but a test that says so, and its key: worth nothing anywhere else. Made once with
// `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -days 36500 -addext subjectAltName=IP:127.0.0.1,DNS:localhost`.
const certificateLines = [
  'MIIBozCCAUmgAwIBAgIUCii3QG2sN5OUJdk7yrnh6V/pL7kwCgYIKoZIzj0EAwIw',
  'GDEWMBQGA1UEAwwNbG9vcGJhY2sgdGVzdDAgFw0yNjExMjEwNzA5MjVaGA8yMTI2',
  'MTAyODA3MDkyNVowGDEWMBQGA1UEAwwNbG9vcGJhY2sgdGVzdDBZMBMGByqGSM49',
  'AgEGCCqGSM49AwEHA0IABDc20eWlp/k5PdVL7T1VYgXN4c5zuHkTcVVHGJ93oQ82',
  'n5hoLmIw+v/vmc/tAL2zsjYYuaLm3g8fu87x+N8m4L2jbzBtMB0GA1UdDgQWBBSr',
  'Wx1VCD0Cd/HmkYJKgrP+i8F+IzAfBgNVHSMEGDAWgBSrWx1VCD0Cd/HmkYJKgrP+',
  'i8F+IzAPBgNVHRMBAf8EBTADAQH/MBoGA1UdEQQTMBGHBH8AAAGCCWxvY2FsaG9z',
  'dDAKBggqhkjOPQQDAgNIADBFAiBjqo8Qco8y+0PTFygFf4gGU9IQYtcSCu25hULS',
  'EjyszQIhAIA0WKoexvNaalWsViY2CnpM8JUJ3oG4bYqQY/Xm/lj7',
];
const keyLines = [
  'MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgSwq7ezForYknOyUB',
  'zo2eYl2qngT27gabUcOHN5NeMxShRANCAAQ3NtHlpaf5OT3VS+09VWIFzeHOc7h5',
  'E3FVRxifd6EPNp+YaC5iMPr/75nP7QC9s7I2GLmi5t4PH7vO8fjfJuC9',
];

/** PEM of the certificate, which is its own authority. */
export const loopbackCertificate = pemOfCertificate(certificateLines);

/** PEM of its key. */
export const loopbackKey = pemOfKey(keyLines);

export function pemOfCertificate(lines: readonly string[]): string {
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

export function pemOfKey(lines: readonly string[]): string {
  const key = Buffer.from(lines.join(''), 'base64');
  const parsed = createPrivateKey({ key, format: 'der', type: 'pkcs8' });
  return String(parsed.export({ format: 'pem', type: 'pkcs8' }));
}

import { pemOfCertificate, pemOfKey } from './loopback-certificate.ts';

/*
 * An authority and a client certificate that it signed, named `URI:spiffe://acme/agents/billing`; and one with the same name that nobody signed but
 * itself. Trusted by nothing but a test, made once with `openssl req` and `openssl x509 -req -extfile`.
 */
const authorityLines = [
  'MIIBiDCCAS+gAwIBAgIUQQAVNOYmZ14hiQn2j3iV42QYZDcwCgYIKoZIzj0EAwIwGTEXMBUGA1UEAwwOdGVzdCBh',
  'dXRob3JpdHkwIBcNMjYxMTIxMTAwNDA1WhgPMjEyNjEwMjgxMDA0MDVaMBkxFzAVBgNVBAMMDnRlc3QgYXV0aG9y',
  'aXR5MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE4X3QXJJlruP4WPyJ9lPhHv4mKg5DzcyTvdmYPZTvI6mFBxiF',
  'i4QGA+PyVONVcS4wY2Z/quvWSPvVnWoaPmAhc6NTMFEwHQYDVR0OBBYEFDw1GCcdlIH30IOxhFwZG29kD+j3MB8G',
  'A1UdIwQYMBaAFDw1GCcdlIH30IOxhFwZG29kD+j3MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIg',
  'WMTMF6ow3YX/kmhpllWrwmw8d9NKv7RaCfQMxLi8sfICIDHDrc3WdPvZpR7//YGJN1guSE5Jle4wWJbu+QDgJSAc',
];
const clientLines = [
  'MIIBsTCCAVegAwIBAgIUZ+ivZlo9SqaUyFx26sWMmY7wcOYwCgYIKoZIzj0EAwIwGTEXMBUGA1UEAwwOdGVzdCBh',
  'dXRob3JpdHkwIBcNMjYxMTIxMTAwNDA2WhgPMjEyNjEwMjgxMDA0MDZaMBIxEDAOBgNVBAMMB2JpbGxpbmcwWTAT',
  'BgcqhkjOPQIBBggqhkjOPQMBBwNCAARB/FxKTSqE/yK2JW9BQWXL4VrDsHl1nqtB+T3c31TFp5ReLH6kJWZJDYjp',
  'n0yK/HsAjjsyLujsWrC0Cdbd70rko4GBMH8wPQYDVR0RBDYwNIYcc3BpZmZlOi8vYWNtZS9hZ2VudHMvYmlsbGlu',
  'Z4IUYmlsbGluZy5hY21lLmV4YW1wbGUwHQYDVR0OBBYEFLsrjimG4j4Vrltyv8iorZAQJ5JjMB8GA1UdIwQYMBaA',
  'FDw1GCcdlIH30IOxhFwZG29kD+j3MAoGCCqGSM49BAMCA0gAMEUCIDuZla1d5TEcTboSjeICDaVOJRDWKFC2vj+C',
  'Tw+Sq4CkAiEA3qbv7DoEQ2+EQXW/UOCrMNMc3dxCl1+c5dcsawAljtg=',
];
const clientKeyLines = [
  'MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgwon2tniI3LFINhtT3rdQJvSmRFw3MsmKXbB+9qhh',
  'mSqhRANCAARB/FxKTSqE/yK2JW9BQWXL4VrDsHl1nqtB+T3c31TFp5ReLH6kJWZJDYjpn0yK/HsAjjsyLujsWrC0',
  'Cdbd70rk',
];
const impostorLines = [
  'MIIBpTCCAUqgAwIBAgIUMjr1jznHiQszE2I3yt45M+4rNjkwCgYIKoZIzj0EAwIwEjEQMA4GA1UEAwwHYmlsbGlu',
  'ZzAgFw0yNjExMjExMDA0MDZaGA8yMTI2MTAyODEwMDQwNlowEjEQMA4GA1UEAwwHYmlsbGluZzBZMBMGByqGSM49',
  'AgEGCCqGSM49AwEHA0IABFs8sRzD1nDNVi4H+YHNifClgdlOQK4lL465vfedyQZT0S+D7blkkFfJDvJt8y3tEsEh',
  '2awZcx/u7SksLKhfxe2jfDB6MB0GA1UdDgQWBBRAy/HiKx+HMsZQrCXUGg9ond9ieTAfBgNVHSMEGDAWgBRAy/Hi',
  'Kx+HMsZQrCXUGg9ond9ieTAPBgNVHRMBAf8EBTADAQH/MCcGA1UdEQQgMB6GHHNwaWZmZTovL2FjbWUvYWdlbnRz',
  'L2JpbGxpbmcwCgYIKoZIzj0EAwIDSQAwRgIhAKBuCepfYOldnlbOx89/rzfR2V/LVTpaSuItLRhOCWgFAiEA8Bps',
  'QYnQSIxMT44aT7WtSrsKZx5/Usm7e/TKi4icgdE=',
];
const impostorKeyLines = [
  'MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgQcQB+azoCZa5MSwLLj+FJbc2U2v0pSWQimi4v9cd',
  'DHyhRANCAARbPLEcw9ZwzVYuB/mBzYnwpYHZTkCuJS+Oub33nckGU9Evg+25ZJBXyQ7ybfMt7RLBIdmsGXMf7u0p',
  'LCyoX8Xt',
];

export const clientAuthority = pemOfCertificate(authorityLines);

export const client = { cert: pemOfCertificate(clientLines), key: pemOfKey(clientKeyLines) };

export const impostor = { cert: pemOfCertificate(impostorLines), key: pemOfKey(impostorKeyLines) };

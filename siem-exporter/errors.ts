export type SiemExporterErrorCode =
  | 'SIEM_CONFIG_INVALID'
  | 'SIEM_TOKEN_UNREADABLE'
  | 'SIEM_STORE_UNREADABLE'
  | 'SIEM_LEAF_MISSING'
  | 'SIEM_CURSOR_UNREADABLE';

/** What a code means and what to do about it. */
export const siemExporterErrorActions: Readonly<Record<SiemExporterErrorCode, string>> = {
  SIEM_CONFIG_INVALID: 'permanent: correct the configuration; all mistakes are told together.',
  SIEM_TOKEN_UNREADABLE:
    'retryable: put the HEC token into the file named by `tokenFile`, readable by this process.',
  SIEM_STORE_UNREADABLE:
    'retryable: the sealed leaves cannot be read. Check that the store runs and its password file; the exporter tries on.',
  SIEM_LEAF_MISSING:
    'retryable: a leaf below the sealed size cannot be read. The exporter waits and never skips it; check the store.',
  SIEM_CURSOR_UNREADABLE:
    'permanent: the stored cursor is no number. Restore the log from a backup, or name a new destination to begin anew.',
};

export class SiemExporterError extends Error {
  override readonly name = 'SiemExporterError';
  readonly code: SiemExporterErrorCode;
  readonly retryable: boolean;

  constructor(code: SiemExporterErrorCode, detail: string, cause?: unknown) {
    super(`${code}: ${detail} (${siemExporterErrorActions[code]})`, { cause });
    this.code = code;
    this.retryable = siemExporterErrorActions[code].startsWith('retryable');
  }
}

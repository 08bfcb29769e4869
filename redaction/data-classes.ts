/** What may be done with a value of a class. `keep` leaves it and no receipt. */
export type ClassAction = 'keep' | 'mask' | 'token' | 'truncate' | 'drop';

/** Which rules want the class protected: PCI DSS 4.0.1, HIPAA Safe Harbor (45 CFR 164.514(b)(2)), GDPR Art. 4, plain security. */
export type Regime = 'pci' | 'hipaa' | 'gdpr' | 'security';

export type DataClassFacts = {
  /** What a reader of a record is told. */
  readonly meaning: string;
  readonly regimes: readonly Regime[];
  readonly action: ClassAction;
  /** Values that may never have a digest, keyed or not: `token` is then carried out as `drop`. */
  readonly isDigestForbidden: boolean;
};

/** Every class the detectors tell apart, with what is done by default. A tenant's own detectors name one of these. */
export const dataClasses = {
  card: facts('payment card number', ['pci', 'gdpr'], 'truncate'),
  card_verification: never('CVV, PIN, track data, one-time code', ['pci']),
  card_expiry: facts('expiry date of a card', ['pci'], 'mask'),
  secret: never('cloud key, token, JWT, connection string, webhook', ['security']),
  password: never('password or passphrase', ['security', 'gdpr']),
  private_key: never('private key', ['security']),
  email: facts('e-mail address', ['gdpr', 'hipaa'], 'token'),
  phone: facts('telephone or fax number', ['gdpr', 'hipaa'], 'token'),
  username: facts('account or user name', ['gdpr', 'hipaa'], 'token'),
  person: facts('name of a person', ['gdpr', 'hipaa'], 'token'),
  address: facts('postal address, postal code', ['gdpr', 'hipaa'], 'mask'),
  birth_date: facts('date of birth', ['gdpr', 'hipaa'], 'mask'),
  geo: facts('geographic coordinates', ['gdpr', 'hipaa'], 'mask'),
  ip: facts('IP address', ['gdpr', 'hipaa'], 'token'),
  device: facts('device id: MAC, IMEI, advertising id, serial number', ['gdpr', 'hipaa'], 'token'),
  vehicle: facts('vehicle id or number plate', ['gdpr', 'hipaa'], 'token'),
  national_id: facts('national, social security or tax id', ['gdpr', 'hipaa'], 'token'),
  passport: facts('passport number, machine-readable zone', ['gdpr', 'hipaa'], 'token'),
  licence: facts('driving or professional licence', ['gdpr', 'hipaa'], 'token'),
  iban: facts('international bank account number', ['gdpr', 'hipaa'], 'token'),
  bank_account: facts('bank account, routing number, wallet', ['gdpr', 'hipaa'], 'token'),
  medical_record: facts('medical record or patient id', ['hipaa', 'gdpr'], 'token'),
  health_plan: facts('health plan or insurance id', ['hipaa', 'gdpr'], 'token'),
  /** The four below are in scope for servers that are classified as holding health data, and kept elsewhere. */
  date: facts('a date that is no date of birth', ['hipaa'], 'keep'),
  place: facts('city or district', ['hipaa'], 'keep'),
  diagnosis: facts('diagnosis, medication', ['hipaa', 'gdpr'], 'keep'),
  web_address: facts('URL', ['hipaa'], 'keep'),
  /** An encoded blob (base64) in which something of the above was found. */
  encoded: never('encoded data with findings inside', ['security', 'gdpr']),
} as const satisfies Readonly<Record<string, DataClassFacts>>;

export type DataClass = keyof typeof dataClasses;

export function isDataClass(name: string): name is DataClass {
  return Object.hasOwn(dataClasses, name);
}

export const dataClassNames: readonly DataClass[] = Object.keys(dataClasses).filter(isDataClass);

/** Says what is done with a value of a class found under an attribute's key (nested keys joined by dots; empty without one). */
export type ActionFor = (dataClass: DataClass, keyPath: string) => ClassAction;

/** The default policy: the table above. */
export const defaultAction: ActionFor = (dataClass) => dataClasses[dataClass].action;

function facts(meaning: string, regimes: readonly Regime[], action: ClassAction): DataClassFacts {
  return { meaning, regimes, action, isDigestForbidden: false };
}

function never(meaning: string, regimes: readonly Regime[]): DataClassFacts {
  return { meaning, regimes, action: 'drop', isDigestForbidden: true };
}

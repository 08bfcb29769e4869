import type { DataClass } from '../data-classes.ts';

/** What a term says of the value behind it. `none`: the value is something else, so weak candidates are refused. */
export type Meaning =
  | 'national_id'
  | 'passport'
  | 'licence'
  | 'iban'
  | 'bank'
  | 'card'
  | 'card_code'
  | 'pin'
  | 'card_expiry'
  | 'medical'
  | 'health_plan'
  | 'device'
  | 'vehicle'
  | 'phone'
  | 'email'
  | 'person'
  | 'maybe_person'
  | 'username'
  | 'address'
  | 'maybe_address'
  | 'birth'
  | 'ip'
  | 'latitude'
  | 'geo'
  | 'password'
  | 'secret'
  | 'none';

export type Terms = { readonly meaning: Meaning; readonly words: string };

/** The data class of what a term names; null for `none`. */
export const classOfMeaning: Readonly<Record<Meaning, DataClass | null>> = {
  national_id: 'national_id',
  passport: 'passport',
  licence: 'licence',
  iban: 'iban',
  bank: 'bank_account',
  card: 'card',
  card_code: 'card_verification',
  pin: 'card_verification',
  card_expiry: 'card_expiry',
  medical: 'medical_record',
  health_plan: 'health_plan',
  device: 'device',
  vehicle: 'vehicle',
  phone: 'phone',
  email: 'email',
  person: 'person',
  maybe_person: 'person',
  username: 'username',
  address: 'address',
  maybe_address: 'address',
  birth: 'birth_date',
  ip: 'ip',
  latitude: 'geo',
  geo: 'geo',
  password: 'password',
  secret: 'secret',
  none: null,
};

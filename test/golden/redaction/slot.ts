import type { DataClass } from '../../../redaction/data-classes.ts';
import { card, digits, iban, int, pick } from './valid-ids.ts';
import type { Maker } from './values.ts';
import * as values from './values.ts';

export type Slot = {
  readonly dataClass: DataClass | null;
  readonly text: string;
  readonly name: string;
};

/** What a slot of a sentence is filled with. */
export function slotOf(kind: string, maker: Maker): Slot {
  const { random, language } = maker;
  const of = (dataClass: DataClass, text: string, name = kind): Slot => ({ dataClass, text, name });
  switch (kind) {
    case 'person':
      return of('person', values.person(maker));
    case 'email':
      return of('email', values.email(maker));
    case 'phone':
      return of('phone', values.phone(maker));
    case 'address':
      return of('address', values.address(maker));
    case 'birth':
      return of('birth_date', values.birthDate(maker));
    case 'card':
      return of('card', card(random));
    case 'iban':
      return of('iban', iban(random));
    case 'ip':
      return of('ip', values.ip(maker));
    case 'mac':
      return of('device', values.mac(maker));
    case 'secret':
      return of('secret', values.secret(maker));
    case 'password':
      return of('password', values.password(maker));
    case 'private_key':
      return of('private_key', values.privateKey(maker));
    case 'cvv':
      return of('card_verification', digits(random, pick(random, [3, 3, 4])));
    case 'mrn':
      return of(
        'medical_record',
        pick(random, [
          digits(random, 8),
          `${int(random, 10, 99)}-${digits(random, 6)}`,
          `P${digits(random, 7)}`,
        ]),
      );
    case 'plan':
      return of('health_plan', `${pick(random, ['XYZ', 'AB', 'H'])}${digits(random, 9)}`);
    case 'passport':
      return of('passport', `${pick(random, ['X', 'C', 'AB', 'K'])}${digits(random, 7)}`);
    case 'licence':
      return of('licence', `${pick(random, ['D', 'S', 'B'])}${digits(random, 7)}`);
    case 'account':
      return of('bank_account', digits(random, int(random, 8, 12)));
    case 'national': {
      const id = values.nationalId(maker);
      return id === null ? of('email', values.email(maker)) : of('national_id', id.text, id.name);
    }
    case 'spoiled': {
      const id = values.nationalId(maker);
      return { dataClass: null, text: id === null ? '12' : id.spoiled, name: 'order' };
    }
    case 'harmless':
      return {
        dataClass: null,
        text: values.harmless(maker),
        name: pick(random, ['id', 'ref', 'value', 'item', 'commit']),
      };
    default:
      throw new Error(`no slot ${kind} in ${language}`);
  }
}

import { hasDate, luhn, number, verhoeff, weighted } from './check-digits.ts';
import {
  isCoordinated,
  isCentury,
  isCnpj,
  isMyNumber,
  isInn12,
  isEan,
  isCnp,
  isJmbg,
  isNir,
  isIndonesian,
  isChinese,
} from './digit-rules.ts';
import type { DigitScheme } from './digit-scheme.ts';

/** Ids of twelve digits and more: see `digit-schemes.ts`. */
export const longDigitSchemes: readonly DigitScheme[] = [
  {
    name: 'in_aadhaar',
    length: 12,
    isValid: (d) => (d[0] ?? 0) > 1 && verhoeff(d),
    formats: ['4 4 4', '4-4-4'],
    terms: 'aadhaar aadhar aadhaarnumber aadhaarno aadharnumber uidai आधार आधारनंबर आधारसंख्या',
  },
  {
    name: 'jp_my_number',
    length: 12,
    isValid: isMyNumber,
    terms: 'マイナンバー 個人番号 mynumber',
  },
  { name: 'ru_inn12', length: 12, isValid: isInn12, terms: 'инн' },
  {
    name: 'my_mykad',
    length: 12,
    isValid: (d) => hasDate(d, 0, 'ymd'),
    formats: ['6-2-4'],
    terms: 'mykad icnumber icno nokp',
  },
  {
    name: 'se_personnummer12',
    length: 12,
    isValid: (d) => isCentury(d) && isCoordinated(d, 2) && luhn(d.slice(2)),
    formats: ['8-4'],
    terms: 'personnummer',
  },
  {
    name: 'ch_ahv',
    length: 13,
    isValid: (d) => number(d, 0, 3) === 756 && isEan(d),
    formats: ['3.4.4.2'],
    isStrong: true,
    terms: 'ahv ahvnummer ahvnr avs numeroavs',
  },
  {
    name: 'kr_rrn',
    length: 13,
    isValid: (d) => hasDate(d, 0, 'ymd') && (d[6] ?? 9) < 9,
    formats: ['6-7'],
    terms: '주민등록번호 주민번호 rrn 외국인등록번호',
  },
  {
    name: 'th_id',
    length: 13,
    isValid: (d) =>
      (11 - (weighted(d, [13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11)) % 10 === d[12],
    formats: ['1-4-5-2-1'],
    terms: 'thaiid',
  },
  {
    name: 'za_id',
    length: 13,
    isValid: (d) => hasDate(d, 0, 'ymd') && (d[10] ?? 9) < 2 && luhn(d),
    terms: 'said zaid southafricanid',
  },
  { name: 'ro_cnp', length: 13, isValid: isCnp, terms: 'cnp codnumericpersonal' },
  { name: 'rs_jmbg', length: 13, isValid: isJmbg, terms: 'jmbg emso' },
  { name: 'br_cnpj', length: 14, isValid: isCnpj, formats: ['2.3.3/4-2'], terms: 'cnpj' },
  {
    name: 'fr_nir',
    length: 15,
    isValid: isNir,
    formats: ['1 2 2 2 3 3 2', '13 2'],
    isStrong: true,
    terms: 'nir numerodesecuritesociale',
  },
  {
    name: 'ae_emirates_id',
    length: 15,
    isValid: (d) => number(d, 0, 3) === 784 && isCentury(d.slice(3)),
    formats: ['3-4-7-1'],
    isStrong: true,
  },
  {
    name: 'id_nik',
    length: 16,
    isValid: (d) => isIndonesian(d),
    terms: 'nik ktp nomorktp nomorindukkependudukan',
  },
  { name: 'cn_resident', length: 18, isValid: (d) => isChinese(d, d[17] ?? 0), isStrong: true },
];

import type { Terms } from './meaning.ts';

/** What ids, numbers and codes are called, in keys, columns and prose. Comma-separated; folded before use. */
export const termsOfIds: readonly Terms[] = [
  {
    meaning: 'national_id',
    words: `ssn, social security number, social security no, social security, social sec number, soc sec, ss number, ss no, socialsecurity, ssnum, ssn number, social,
      taxpayer id, taxpayer identification number, tax id, tax id number, tax identification number, tax number, tax file number, tfn, tin, itin, ein, vat id,
      national id, national id number, national identification number, national identity number, national identity, national insurance number, national insurance, ni number, nino,
      id number, identity number, identification number, identity card number, identity card, id card, id card number, citizen id, citizen service number, personal id, personal number,
      personal identification number, government id, govt id, gov id, resident id, residence id, civil id, personal code, identity document, id document, document number, id no,
      sin, social insurance number, social insurance, sin number, nhs, pps, ppsn, pps number, abn, ird, ird number, medicare card,
      steuer id, steueridentifikationsnummer, steuernummer, steuer identifikationsnummer, idnr, steuer idnr, sozialversicherungsnummer, rentenversicherungsnummer, sv nummer, svnr, svnummer, sv nr, personalausweis, personalausweisnummer, ausweisnummer, ausweis, ahv, ahv nummer, ahv nr, avs, numero avs, n avs, versichertennummer ahv,
      numero de securite sociale, securite sociale, num secu, numero secu, nir, n securite sociale, no securite sociale, insee, numero insee, numero fiscal, carte d identite, cni, numero national, registre national, numero de registre national, niss, spi, no secu,
      dni, nif, nie, cif, documento nacional de identidad, documento de identidad, numero de documento, documento, cedula, cedula de ciudadania, cedula de identidad, cc, curp, rfc, rut, run, cuit, cuil, nit, numero de seguridad social, numero de la seguridad social, nuss, nss, seguro social, identificacion, numero de identificacion, ruc,
      codice fiscale, cod fiscale, cod fisc, codicefiscale, cf, partita iva, carta d identita, cpf, cnpj, rg, cpf cnpj, numero do cpf, nis, pis, contribuinte, numero de contribuinte, numero de identificacao fiscal, bilhete de identidade, cartao de cidadao, numero de cidadao,
      bsn, burgerservicenummer, sofinummer, rijksregisternummer, rijksregister, insz, pesel, nip, regon, numer pesel, nr pesel, dowod osobisty, numer dowodu, rodne cislo, cislo op, rc, ico, dic, szemelyi szam, szemelyi igazolvany, taj, taj szam, adoazonosito, adoazonosito jel, adoszam, cnp, cod numeric personal, egn, oib, jmbg, emso, davcna stevilka, asmens kodas, isikukood, personas kods,
      personnummer, samordningsnummer, fodselsnummer, fodselsnr, cpr, cpr nummer, cpr nr, hetu, henkilotunnus, kennitala, sotu, organisationsnummer, d nummer, fnr,
      amka, afm, αμκα, αφμ, αριθμος ταυτοτητας, инн, снилс, огрн, паспортные данные, егн, инн номер, рнокпп, іпн, ідентифікаційний код, єдрпоу, лнч, жмбг, матични број,
      tc kimlik, tc kimlik no, tckn, kimlik no, tc no, kimlik numarasi, tc kimlik numarasi, t c kimlik no, vergi no, vergi kimlik no, teudat zehut, tz, תעודת זהות, מספר זהות, ת ז, תז, رقم الهوية, الهوية الوطنية, رقم الهوية الوطنية, الرقم القومي, هوية, emirates id, iqama, رقم الإقامة, الإقامة, کد ملی,
      aadhaar, aadhar, aadhaar number, aadhaar no, aadhar number, uid, uidai, pan, pan card, pan number, pan no, permanent account number, आधार, आधार नंबर, आधार संख्या, पैन,
      nric, fin, nric number, mykad, ic number, ic no, no kp, nomor ktp, ktp, nik, nomor induk kependudukan, npwp, cccd, cmnd, so cccd, so cmnd, can cuoc, เลขประจำตัวประชาชน, เลขบัตรประชาชน, บัตรประชาชน, thai id, umid, sss, philsys,
      hkid, sa id, za id, south african id, 身份证, 身份证号, 身份证号码, 身分證, 身分證字號, 证件号码, 证件号, 公民身份号码, 統一編號, マイナンバー, 個人番号, マイ ナンバー, my number, 주민등록번호, 주민번호, 외국인등록번호, rrn, resident registration number`,
  },
  {
    meaning: 'passport',
    words: `passport, passport number, passport no, passport num, passport id, travel document, travel document number, mrz, reisepass, reisepassnummer, passnummer, pass nr, reisepass nr, passeport, numero de passeport, no passeport, pasaporte, numero de pasaporte, passaporto, numero passaporto, numero di passaporto, passaporte, numero do passaporte, paspoort, paspoortnummer, paszport, numer paszportu, cestovni pas, cislo pasu, pass, passnr, passinumero, utlevel, pasaport, pasaport no, pasaport numarasi, паспорт, серия и номер паспорта, номер паспорта, паспорта, загранпаспорт, διαβατηριο, جواز السفر, رقم جواز السفر, جواز, דרכון, מספר דרכון, पासपोर्ट, 护照, 护照号, 护照号码, 護照, パスポート, パスポート番号, 旅券番号, 여권, 여권번호, paspor, nomor paspor, ho chieu, so ho chieu, หนังสือเดินทาง`,
  },
  {
    meaning: 'licence',
    words: `driver license, drivers license, driver s license, driver licence, drivers licence, driving licence, driving license, driver license number, drivers license number, driver s license number, driving licence number, driving license number, driver lic, license number, licence number, dl, dl number, dl no, dln, license no, licence no, dl num, npi, npi number, national provider identifier, dea, dea number, dea no, dea registration, medical license, medical license number, nursing license, professional license, certificate number, fuhrerschein, fuhrerscheinnummer, fuhrerschein nr, permis de conduire, numero de permis, permis, licencia de conducir, permiso de conducir, carnet de conducir, numero de licencia, patente di guida, numero patente, patente, carteira de motorista, cnh, numero da cnh, carta de conducao, rijbewijs, rijbewijsnummer, prawo jazdy, numer prawa jazdy, ridicsky prukaz, korkort, korkortsnummer, forerkort, korekort, ajokortti, permis auto, ehliyet, ehliyet no, водительское удостоверение, номер ву, права, رخصة القيادة, רישיון נהיגה, 驾驶证, 驾驶证号, 駕照, 運転免許証, 免許証番号, 운전면허, 운전면허번호, sim`,
  },
  {
    meaning: 'iban',
    words: `iban, iban number, iban no, international bank account number`,
  },
  {
    meaning: 'bank',
    words: `account number, account no, acct, acct number, acct no, acct num, account num, bank account, bank account number, bank account no, bank acct, checking account, savings account, checking account number, savings account number, account, acc no, acc number, sort code, sortcode, bsb, bsb number, ifsc, ifsc code, clabe, transit number, beneficiary account, from account, to account, source account, destination account, debit account, credit account, deposit account, routing number, routing no, routing, aba, aba number, aba routing, aba routing number, rtn, swift, swift code, bic, bic code, bic swift,
      kontonummer, konto nr, konto, kontonr, bankkonto, bankleitzahl, blz, numero de compte, compte bancaire, no compte, rib, cuenta, numero de cuenta, cuenta bancaria, no de cuenta, ccc, cbu, conto, conto corrente, numero di conto, numero conto, conta, conta corrente, conta bancaria, numero da conta, agencia, chave pix, rekening, rekeningnummer, bankrekening, numer konta, nr konta, numer rachunku, rachunek, cislo uctu, bankszamlaszam, szamlaszam, bankgiro, plusgiro, tilinumero, kontonummer bank, hesap no, hesap numarasi, расчетный счет, номер счета, счет, лицевой счет, бик, корреспондентский счет, رقم الحساب, حساب بنكي, الحساب البنكي, חשבון בנק, מספר חשבון, खाता संख्या, खाता नंबर, 银行账号, 银行帐号, 账号 银行, 银行账户, 银行卡号 账号, 口座番号, 銀行口座, 계좌번호, 은행계좌, nomor rekening, no rekening, so tai khoan, เลขบัญชี, เลขที่บัญชี,
      bitcoin address, btc address, eth address, ethereum address, wallet, wallet address, crypto wallet, crypto address, btc, eth`,
  },
  {
    meaning: 'card',
    words: `credit card, credit card number, card number, card no, card num, cc number, cc num, cc no, ccnum, creditcard, credit card no, debit card, debit card number, payment card, cardnumber, pan full, primary account number, visa, mastercard, amex, american express, card pan, kreditkarte, kreditkartennummer, kartennummer, carte bancaire, carte de credit, numero de carte, carte bleue, cb, tarjeta, tarjeta de credito, numero de tarjeta, carta di credito, numero carta, numero della carta, cartao, cartao de credito, numero do cartao, creditcardnummer, kaartnummer, creditcard nummer, karta kredytowa, numer karty, kortnummer, kreditkort, luottokortti, kortin numero, kredi karti, kart numarasi, kart no, kredi karti no, cislo karty, номер карты, кредитная карта, банковская карта, карта, رقم البطاقة, بطاقة الائتمان, כרטיס אשראי, מספר כרטיס, क्रेडिट कार्ड, 信用卡, 信用卡号, 卡号, 银行卡号, 银行卡, 信用卡號, クレジットカード, カード番号, 신용카드, 카드번호, kartu kredit, nomor kartu, so the, the tin dung`,
  },
  {
    meaning: 'card_code',
    words: `cvv, cvv2, cvc, cvc2, cvn, csc, cav2, cid code, cvv code, cvc code, cvv number, cvv cvc, card verification, card verification value, card verification code, card security code, card code, security code, sec code, code cvv, code cvc, prufziffer karte, kartenprufnummer, prufnummer, kartenprufziffer, sicherheitscode, cryptogramme, cryptogramme visuel, code de securite, codigo de seguridad, codigo cvv, codice di sicurezza, codice cvv, codigo de seguranca, beveiligingscode, kod cvv, kod bezpieczenstwa, guvenlik kodu, код безопасности, рин, cvv код, 安全码, セキュリティコード, 보안코드, رمز الأمان, קוד אבטחה`,
  },
  {
    meaning: 'pin',
    words: `pin, pin code card, pin number, pin no, card pin, atm pin, debit pin, pin code, pincode card, otp, otp code, one time password, one time code, one time passcode, one time pin, verification code, auth code sms, login code, sms code, mfa code, 2fa code, totp, passcode, access code, confirmation pin, code pin, geheimzahl, clave, clave numerica, codigo pin, codigo de verificacion, code de verification, codice pin, senha numerica, codigo de verificacao, pincode, kod pin, пин, пин код, код подтверждения, رمز التحقق, קוד אימות, 验证码, 驗證碼, 暗証番号, 確認コード, 認証コード, 인증번호, 비밀번호 4, dogrulama kodu, kode otp, kode verifikasi, ma otp, ma xac nhan, verifizierungscode, bestatigungscode, tan, einmalpasswort`,
  },
  {
    meaning: 'card_expiry',
    words: `expiry, exp date, expiration date, expiration, expiry date, exp, expires, card expiry, valid thru, valid until, good thru, cc exp, card exp, exp month year, ablaufdatum, gultig bis, date d expiration, expire le, fecha de vencimiento, vencimiento, caducidad, scadenza, data di scadenza, validade, vervaldatum, data waznosci, son kullanma tarihi, срок действия, 有效期, 有効期限, 유효기간`,
  },
  {
    meaning: 'medical',
    words: `mrn, medical record number, medical record, medical record no, medical rec no, med rec, med rec no, medical id, patient id, patient number, patient no, patient identifier, patient mrn, chart number, chart no, chart, hospital number, hospital id, hospital no, health record number, health number, ehr id, emr id, encounter id, encounter number, visit number, specimen, specimen id, accession number, accession, lab id, rx number, rx no, prescription number, rx, case number medical, account number medical, nhs number, nhs no, chi number, fallnummer, patientennummer, patienten nr, patienten id, patientenid, aktenzeichen patient, numero de dossier, numero patient, no dossier medical, ipp, dossier medical, historia clinica, numero de historia clinica, nhc, numero de paciente, cartella clinica, numero cartella, codice paziente, prontuario, numero do prontuario, patientnummer, numer pacjenta, cislo pacienta, номер карты пациента, номер пациента, медицинская карта, история болезни, رقم الملف الطبي, رقم المريض, מספר מטופל, 病历号, 病歷號, 患者编号, 住院号, 门诊号, 患者番号, 患者ID, カルテ番号, 診察券番号, 환자번호, 등록번호, 차트번호, hasta no, protokol no, nomor rekam medis, rekam medis`,
  },
  {
    meaning: 'health_plan',
    words: `member id, member number, member no, subscriber id, subscriber number, subscriber no, health plan, health plan id, health plan number, health plan beneficiary number, health plan beneficiary, beneficiary number, beneficiary id, insurance id, insurance number, insurance no, insurance policy, insurance policy number, insurance member id, health insurance number, health insurance id, health insurance, policy number, policy no, policy id, group number, medicare, medicare number, medicare id, medicare beneficiary identifier, mbi, medicaid, medicaid id, medicaid number, hicn, health card, health card number, ohip, rx bin, payer id member, krankenversicherungsnummer, versichertennummer, versicherungsnummer, kvnr, krankenkasse, krankenversichertennummer, versicherten id, carte vitale, numero de mutuelle, numero adherent, numero d assure, mutuelle, tarjeta sanitaria, numero de afiliado, numero de poliza, poliza, numero tessera sanitaria, tessera sanitaria, polizza, cartao sus, cns, carteirinha, convenio, numero do sus, polisnummer, zorgverzekering, polis, numer polisy, numer ubezpieczenia, cislo pojistence, полис, номер полиса, омс, полис омс, رقم التأمين, رقم وثيقة التأمين, קופת חולים, 医保卡号, 医保号, 社保卡号, 健保卡, 保険証番号, 被保険者番号, 건강보험번호, 보험번호, bpjs, nomor bpjs, sigorta no`,
  },
  {
    meaning: 'device',
    words: `mac, mac address, mac addr, macaddress, hwaddr, hw addr, hardware address, ether, imei, imei number, imeisv, imsi, iccid, meid, esn, udid, device id, deviceid, device identifier, device uuid, device serial, device serial number, serial number, serial no, serialnumber, serial, sn, s n, idfa, idfv, gaid, aaid, advertising id, advertiser id, android id, ad id, udi, implant serial, seriennummer, geratenummer, gerate id, numero de serie, numero serie, numero di serie, serienummer, numer seryjny, серийный номер, 序列号, 设备号, 设备ID, シリアル番号, 端末ID, 시리얼번호, 기기 ID, seri no`,
  },
  {
    meaning: 'vehicle',
    words: `vin, vin number, vin no, vehicle identification number, vehicle id, vehicle identification, chassis number, chassis no, chassis, license plate, licence plate, license plate number, licence plate number, plate, plate number, plate no, number plate, registration plate, vehicle registration, vehicle registration number, reg no, vrn, tag number, kennzeichen, kfz kennzeichen, amtliches kennzeichen, fahrgestellnummer, fin fahrzeug, fahrzeug identifizierungsnummer, plaque d immatriculation, immatriculation, plaque, numero d immatriculation, matricula, numero de bastidor, bastidor, placa, placas, targa, numero di telaio, telaio, kenteken, chassisnummer, tablica rejestracyjna, numer rejestracyjny, rejestracja, spz, registreringsnummer, regnr, rekisterinumero, rendszam, plaka, plaka no, госномер, номер автомобиля, гос номер, рег знак, вин, رقم اللوحة, لوحة السيارة, מספר רכב, 车牌, 车牌号, 车牌号码, 車牌, 车架号, ナンバープレート, 車両番号, 車台番号, 차량번호, 번호판, 차대번호, nomor polisi, plat nomor, bien so xe, bien so`,
  },
];

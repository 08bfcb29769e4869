/** Whether a whole value is a date, with a year: in digits of any order, ISO 8601, with a month's name, or of Chinese, Japanese, Korean form. */
export function holdsDate(text: string): boolean {
  return text.length <= 48 && wholeDate.test(text);
}

/** A date at a place in a text of one character a byte; UTF-8 names of months are letters of it. */
export const dateInText = new RegExp(sourceOfDate('[A-Za-z\\x80-\\xff]{2,14}'), 'y');

const wholeDate = new RegExp(
  `^(?:${sourceOfDate('\\p{L}{3,12}')}(?:[T ]\\d\\d:\\d\\d.{0,20})?|(?:19|20)\\d\\d|(?:19|20)\\d\\d(?:0[1-9]|1[0-2])(?:[0-2]\\d|3[01])|(?:[0-2]\\d|3[01])(?:0[1-9]|1[0-2])(?:19|20)\\d\\d)$`,
  'u',
);

/** A date at the beginning of a line. */
export const dateAtStart = new RegExp(`^(?:${sourceOfDate('\\p{L}{3,12}')})`, 'u');

// Day and month have one or two digits, a year two or four.
function sourceOfDate(month: string): string {
  const day = '(?:0?[1-9]|[12]\\d|3[01])';
  const number = '(?:0?[1-9]|1[0-2])';
  const year = '(?:1[89]|20)\\d\\d';
  return [
    `${year}[-/. ]\\s?${number}[-/. ]\\s?${day}(?!\\d)`,
    `${day}[-/.]\\s?${number}[-/.]\\s?(?:${year}|\\d\\d)(?!\\d)`,
    `${number}[-/]${day}[-/](?:${year}|\\d\\d)(?!\\d)`,
    `${day}(?:st|nd|rd|th)?[. -]{0,2}(?:de |of |\\u0434\\u0435 )?${month}[., -]{0,2}(?:de |del )?${year}(?!\\d)`,
    `${month}\\.? ${day}(?:st|nd|rd|th)?,? ${year}(?!\\d)`,
    `${year}[, ]{1,2}${month}\\.? ${day}(?!\\d)`,
    `${year}\\s?(?:\\u5e74|\\ub144|\\xe5\\xb9\\xb4|\\xeb\\x85\\x84)\\s?${number}\\s?(?:\\u6708|\\uc6d4|\\xe6\\x9c\\x88|\\xec\\x9b\\x94)\\s?${day}\\s?(?:\\u65e5|\\uc77c|\\xe6\\x97\\xa5|\\xec\\x9d\\xbc)`,
  ].join('|');
}

/** Text in colour, or as it is. */
export type Paint = Readonly<
  Record<'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'blue', (text: string) => string>
>;

export function paintFor(colour: boolean): Paint {
  const style = (open: number, close: number) => (text: string) =>
    colour && text !== '' ? `\u001b[${open}m${text}\u001b[${close}m` : text;
  return {
    bold: style(1, 22),
    dim: style(2, 22),
    red: style(31, 39),
    green: style(32, 39),
    yellow: style(33, 39),
    blue: style(34, 39),
  };
}

/** Text from records as a terminal may show it: what steers a terminal is made visible, so that no tool's name can do that. */
export function printable(text: string): string {
  return text.replace(STEERING, '\uFFFD');
}

// Control characters of ASCII and Latin-1, and those that turn the direction of writing.
const STEERING = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

import { z } from 'zod';

/** What a period can be measured in; months and years are those of the calendar. */
export type Period = `${number}${'d' | 'm' | 'y'}`;

/** How long one part of a record is kept: never less than the floor, and not longer than the ceiling (null: without end). */
export type Bounds = { readonly floor: Period; readonly ceiling: Period | null };

/** The parts of a record: what its leaf says, and the values that the leaf only commits to. */
export const retentionParts = ['header', 'payload'] as const;
export type RetentionPart = (typeof retentionParts)[number];

export type RetentionClass = { readonly id: string; readonly basis: string } & Readonly<
  Record<RetentionPart, Bounds>
>;

/** Which records are of a class: those that agree with every list that is given. */
export type RetentionRule = {
  readonly class: string;
  readonly servers: readonly string[] | null;
  readonly kinds: readonly string[] | null;
  readonly regions: readonly string[] | null;
  /** Any of them. */
  readonly dataClasses: readonly string[] | null;
};

/** What a person decided where two classes that can meet contradict each other. */
export type RetentionDecision = {
  readonly classes: readonly [string, string];
  readonly part: RetentionPart;
  readonly ceiling: Period;
  readonly reason: string;
  readonly decidedBy: string;
};

/** How long a tenant's records are kept. A record is of every class whose rule it meets, and of the default classes where it meets none. */
export type RetentionPolicy = {
  readonly classes: readonly RetentionClass[];
  readonly rules: readonly RetentionRule[];
  readonly default: readonly string[];
  readonly decisions: readonly RetentionDecision[];
};

/** The body of a `retention_declared` event. Throws when it is none: such an event was not written by this project. */
export function parseRetentionBody(body: string): RetentionPolicy {
  return policySchema.parse(JSON.parse(body));
}

const periodPattern = /^\d{1,4}[dmy]$/;

export function isPeriod(text: string): text is Period {
  return periodPattern.test(text);
}

/** For comparison alone: a month is a twelfth of 365.25 days. */
export function daysOf(period: Period): number {
  const { count, unit } = partsOf(period);
  return count * { d: 1, m: 365.25 / 12, y: 365.25 }[unit];
}

/** The moment that lies the period before another, milliseconds since the epoch. A day that the month does not have is its last. */
export function before(nowMs: number, period: Period): number {
  const { count, unit } = partsOf(period);
  if (unit === 'd') return nowMs - count * DAY_MS;
  const now = new Date(nowMs);
  const months = now.getUTCFullYear() * 12 + now.getUTCMonth() - count * (unit === 'y' ? 12 : 1);
  const [year, month] = [Math.floor(months / 12), months % 12];
  const lastDay = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  const day = Math.min(now.getUTCDate(), lastDay);
  return Date.UTC(year, month, day) + (nowMs % DAY_MS);
}

/**
 * When a part of something that is of all these classes is to go: the shortest ceiling, or where classes among them contradict each other, the longest that
 * was decided for them. Null: never.
 */
export function ceilingOf(
  policy: RetentionPolicy,
  part: RetentionPart,
  ids: readonly string[],
): Period | null {
  const decided = policy.decisions.filter(
    (decision) => decision.part === part && decision.classes.every((id) => ids.includes(id)),
  );
  const own = policy.classes.filter(({ id }) => ids.includes(id)).map((one) => one[part].ceiling);
  const ceilings = own.filter((ceiling) => ceiling !== null);
  const among = decided.length > 0 ? decided.map(({ ceiling }) => ceiling) : ceilings;
  const sorted = among.toSorted((a, b) => daysOf(a) - daysOf(b));
  return (decided.length > 0 ? sorted.at(-1) : sorted[0]) ?? null;
}

const DAY_MS = 86_400_000;

function partsOf(period: Period): { readonly count: number; readonly unit: 'd' | 'm' | 'y' } {
  const unit = period.at(-1);
  return { count: Number(period.slice(0, -1)), unit: unit === 'm' || unit === 'y' ? unit : 'd' };
}

const text = z.string();
const texts = z.array(text).nullable();
const period = z.custom<Period>((value) => typeof value === 'string' && isPeriod(value));
const bounds = z.object({ floor: period, ceiling: period.nullable() });

// Unknown keys are dropped, not refused: an event of a later version may say more.
const policySchema = z.object({
  classes: z.array(z.object({ id: text, basis: text, header: bounds, payload: bounds })),
  rules: z.array(
    z.object({ class: text, servers: texts, kinds: texts, regions: texts, dataClasses: texts }),
  ),
  default: z.array(text),
  decisions: z.array(
    z.object({
      classes: z.tuple([text, text]),
      part: z.enum(retentionParts),
      ceiling: period,
      reason: text,
      decidedBy: text,
    }),
  ),
});

import { chargeFilterParameters, filterConditions, timeCondition } from './filters.ts';
import type { GroupsQuery } from './counts.ts';
import { asOfCondition } from '../sealed-position.ts';
import type { Statement } from './statement.ts';
import { tenantStatement } from './statement.ts';

/**
 * One currency and unit of one group. Numbers are decimal text: sums of nano-units outgrow what JSON's readers keep exact. A row of
 * charges without a price has the currency '' and no amount.
 */
export type ChargeRow = {
  readonly d0?: string;
  readonly d1?: string;
  readonly d2?: string;
  readonly currency: string;
  readonly unit: string;
  readonly amountNano: string | null;
  readonly quantities: string;
  readonly unpriced: string;
  readonly charges: string;
};

/**
 * Current charges summed: minus the old plus the new, because a −1 row repeats what it takes back. Fast because `charges` is
 * sorted by (tenant, time) and repeats the record's dimensions, so nothing is joined. Int128, because Int64 nano-units end at nine
 * thousand million.
 */
export function chargesStatement(query: GroupsQuery, rowsMax: number): Statement {
  const names = query.dimensions.map((_, at) => `d${at}`);
  const groups = [...names, 'currency', 'unit'].join(', ');
  return tenantStatement({
    tenant: query.tenant,
    select: [
      ...query.dimensions.map(({ expression }, at) => `${expression} AS d${at}`),
      'currency',
      'unit',
      'toString(sum(toInt128(amount_nano) * sign)) AS amountNano',
      'toString(sum(toInt128(quantity) * sign)) AS quantities',
      'toString(sumIf(toInt128(quantity) * sign, amount_nano IS NULL)) AS unpriced',
      'toString(sum(sign)) AS charges',
    ].join(', '),
    table: 'charges',
    where: [
      timeCondition(query.range),
      asOfCondition(query.position),
      ...filterConditions(chargeFilterParameters, query.given),
    ],
    rest: {
      sql:
        `GROUP BY ${groups}\nHAVING sum(sign) != 0\n` +
        `ORDER BY sum(toInt128(amount_nano) * sign) DESC NULLS LAST, ${groups}\n` +
        `LIMIT {rowsMax:UInt32}`,
      params: { rowsMax },
    },
  });
}

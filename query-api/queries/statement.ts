/** A query and what is bound to it. Values stand in `params` only and reach ClickHouse as query parameters, never as text. */
export type Statement = {
  readonly sql: string;
  readonly params: Readonly<Record<string, StatementValue>>;
};

export type StatementValue = string | number | readonly string[] | readonly number[];

/** What this room needs of the record store. Rows come as objects by column alias. */
export interface RecordReader {
  query<Row>(statement: Statement): Promise<readonly Row[]>;
}

/** What a WHERE clause is made of: joined by AND. */
export type Condition = Statement;

/**
 * A statement over one table of one tenant. Invariant: this is the only place that makes a FROM clause, and it always begins its
 * conditions with the tenant, so that no statement of this room can be without it.
 */
export function tenantStatement(parts: {
  readonly tenant: string;
  readonly select: string;
  readonly table: 'records' | 'charges' | 'payloads' | 'leaves' | 'reads' | 'registry';
  readonly where: readonly Condition[];
  readonly rest: Statement;
}): Statement {
  const conditions = ['tenant = {tenant:String}', ...parts.where.map(({ sql }) => `(${sql})`)];
  return {
    sql: [
      `SELECT ${parts.select}`,
      `FROM waybill.${parts.table}`,
      `WHERE ${conditions.join('\n  AND ')}`,
      parts.rest.sql,
    ].join('\n'),
    params: mergeParams([
      { tenant: parts.tenant },
      ...parts.where.map((c) => c.params),
      parts.rest.params,
    ]),
  };
}

function mergeParams(all: readonly Statement['params'][]): Statement['params'] {
  const merged: Record<string, StatementValue> = {};
  for (const params of all) {
    for (const [name, value] of Object.entries(params)) {
      if (name in merged) throw new Error(`A statement binds ${name} twice.`);
      merged[name] = value;
    }
  }
  return merged;
}

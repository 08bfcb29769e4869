/** What a JSON schema validator says of one mistake. Source: ajv's `ErrorObject`. */
export type SchemaError = {
  readonly instancePath: string;
  readonly keyword: string;
  readonly message?: string | undefined;
  readonly params: Readonly<Record<string, unknown>>;
};

/** Each mistake as a phrase that names the parameter, and what it may be. */
export function schemaMistakes(errors: readonly SchemaError[]): readonly string[] {
  return [...new Set(errors.map(phrase))];
}

function phrase({ instancePath, keyword, message, params }: SchemaError): string {
  const name = instancePath.split('/')[1] ?? '';
  switch (keyword) {
    case 'additionalProperties':
      return `there is no parameter ${String(params['additionalProperty'])}`;
    case 'required':
      return `${String(params['missingProperty'])} is missing`;
    case 'enum':
      return `${name} must be one of ${(params['allowedValues'] as readonly string[]).join(', ')}`;
    default:
      return `${name} ${message ?? 'is wrong'}`;
  }
}

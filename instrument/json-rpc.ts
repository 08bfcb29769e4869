/** A JSON-RPC message as far as spans need it. Unknown input is parsed here and nowhere else. */
export type Message = Operation | Response | { readonly kind: 'other' };

/** What one side initiates and the other processes. */
export type Operation = RequestMessage | NotificationMessage;

export type RequestMessage = {
  readonly kind: 'request';
  readonly id: RequestId | undefined;
  readonly method: string;
  readonly params: Params;
};

export type NotificationMessage = {
  readonly kind: 'notification';
  readonly method: string;
  readonly params: Params;
};

export type Response =
  | { readonly kind: 'result'; readonly id: RequestId; readonly result: Params }
  | {
      readonly kind: 'error';
      readonly id: RequestId;
      readonly code: number;
      readonly message: string;
    };

/** 1 and "1" are different ids. */
export type RequestId = string | number;

export type Params = Readonly<Record<string, unknown>>;

const other: Message = { kind: 'other' };

export function readMessage(value: unknown): Message {
  if (!isRecord(value) || !hasProperParams(value['params'])) return other;
  const id = readId(value['id']);
  const method = value['method'];
  if (typeof method === 'string') {
    const params = readRecord(value['params']);
    return id === undefined
      ? { kind: 'notification', method, params }
      : { kind: 'request', id, method, params };
  }
  return id === undefined ? other : readResponse(value, id);
}

/** A request as `Protocol.request` takes it: without its id, which the SDK gives later. */
export function readNewRequest(value: unknown): RequestMessage | undefined {
  if (!isRecord(value) || typeof value['method'] !== 'string') return undefined;
  return {
    kind: 'request',
    id: undefined,
    method: value['method'],
    params: readRecord(value['params']),
  };
}

export function readId(value: unknown): RequestId | undefined {
  return typeof value === 'string' || typeof value === 'number' ? value : undefined;
}

export function readString(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** The value if it is an object, else an empty one. */
export function readRecord(value: unknown): Params {
  return isRecord(value) ? value : {};
}

export function isRecord(value: unknown): value is Params {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The SDK takes no message whose parameters or `_meta` are no objects; nothing would ever end its span. */
function hasProperParams(params: unknown): boolean {
  if (params === undefined) return true;
  return isRecord(params) && (params['_meta'] === undefined || isRecord(params['_meta']));
}

function readResponse(value: Params, id: RequestId): Message {
  const error = value['error'];
  if (isRecord(error) && typeof error['code'] === 'number') {
    return { kind: 'error', id, code: error['code'], message: readString(error['message']) ?? '' };
  }
  return 'result' in value ? { kind: 'result', id, result: readRecord(value['result']) } : other;
}

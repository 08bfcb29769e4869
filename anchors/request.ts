import { AnchorError } from './errors.ts';

/** What a request got back, its body bounded. */
export type Answer = {
  readonly status: number;
  readonly contentType: string;
  readonly body: Uint8Array;
};

export type Request = {
  readonly url: string;
  readonly method: 'GET' | 'PUT' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Of the answer; {@link ANSWER_BYTES_MAX} where it is absent. */
  readonly answerBytesMax?: number;
  readonly waitMsMax?: number;
};

/** Bytes of an answer; none of the anchors' protocols has longer ones. */
const ANSWER_BYTES_MAX = 256 * 1024;
/** How long one request may take. */
const REQUEST_WAIT_MS_MAX = 20_000;

/** Asks once. ANCHOR_UNREACHABLE where nobody answers in time, ANCHOR_ANSWER_INVALID for an answer that is too long. Redirections are not followed. */
export async function ask(request: Request, signal: AbortSignal): Promise<Answer> {
  const { url, method, headers, body, answerBytesMax = ANSWER_BYTES_MAX } = request;
  const waitMsMax = request.waitMsMax ?? REQUEST_WAIT_MS_MAX;
  const timed = AbortSignal.any([signal, AbortSignal.timeout(waitMsMax)]);
  try {
    const response = await fetch(url, {
      method,
      headers: { ...headers },
      redirect: 'manual',
      signal: timed,
      ...(body ? { body: Uint8Array.from(body) } : {}),
    });
    const contentType = response.headers.get('content-type') ?? '';
    return {
      status: response.status,
      contentType,
      body: await readBounded(response, answerBytesMax),
    };
  } catch (error) {
    if (error instanceof AnchorError) throw error;
    signal.throwIfAborted();
    throw new AnchorError('ANCHOR_UNREACHABLE', `${originOf(url)} does not answer.`, error);
  }
}

/** The error for an answer that is none of those a protocol gives a meaning: a busy or broken server is asked again, a refusal is final. */
export function unexpected({ status, body }: Answer, url: string): AnchorError {
  const isLater = status === 408 || status === 429 || status >= 500;
  const said = Buffer.from(body.subarray(0, 300))
    .toString('utf8')
    .replaceAll(/[^ -~]/g, ' ');
  const code = isLater ? 'ANCHOR_UNREACHABLE' : 'ANCHOR_REFUSED';
  return new AnchorError(code, `${originOf(url)} answered ${status}: ${said}.`);
}

async function readBounded(response: Response, bytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > bytesMax) {
      throw new AnchorError('ANCHOR_ANSWER_INVALID', `longer than ${bytesMax} bytes.`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Without path, query and credentials: it goes into messages. */
function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : 'the address';
}

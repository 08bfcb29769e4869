/** Waits for everything to end, at most `waitMsMax`: what has not ended by then is left to be closed by force. */
export async function stopInTime(
  endings: readonly Promise<unknown>[],
  waitMsMax: number,
): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, waitMsMax);
  try {
    await Promise.race([Promise.allSettled(endings), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

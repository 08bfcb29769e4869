/** Findings in texts that one request may have; beyond them a text in which anything is found is dropped as a whole. */
export const REQUEST_FINDINGS_MAX = 200_000;

/**
 * Close looks that one request may have: at numbers, of some 2 to 10 µs each; those at words cost {@link WORD_LOOKS} of them. 16 MiB of what emitters
 * send have a fifth of it, of rows of numbers half, of access logs four fifths. A request that is made of nothing but candidates would keep a
 * thread for minutes without.
 */
export const REQUEST_LOOKS_MAX = 2_500_000;

/** What a close look at a word or a name counts for, beside one at a number. */
export const WORD_LOOKS = 4;

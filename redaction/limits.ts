/** Findings in texts that one request may have; beyond them a text in which anything is found is dropped as a whole. */
export const REQUEST_FINDINGS_MAX = 200_000;

/**
 * Close looks at numbers and words that one request may have: some 20 µs each at worst. A request of 16 MiB of ordinary spans has a tenth
 * of it; one that is made of nothing but candidates would keep a thread for minutes without.
 */
export const REQUEST_LOOKS_MAX = 200_000;

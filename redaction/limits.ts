/** Findings in texts that one request may have; beyond them a text in which anything is found is dropped as a whole. */
export const REQUEST_FINDINGS_MAX = 200_000;

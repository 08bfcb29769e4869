// Prints the closing line of CI, `N passed, N failed`, from the reports of the test runs, and ends with the status of the first that failed.
import { existsSync, readFileSync } from 'node:fs';

type Report = { readonly numPassedTests: number; readonly numFailedTests: number };

/** The runs in order; their statuses are the arguments. The last is run only where its services are to be had. */
const files = [
  '.cache/test-report.json',
  '.cache/test-report-broker.json',
  '.cache/test-report-services.json',
].slice(0, Math.max(2, process.argv.length - 2));
const statuses = files.map((_, at) => Number(process.argv[2 + at] ?? '1'));
let passed = 0;
let failed = 0;
for (const [at, file] of files.entries()) {
  const report: Report = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as Report)
    : { numPassedTests: 0, numFailedTests: 0 };
  passed += report.numPassedTests;
  // A run that failed before or beside its tests (types, lint, a file that does not load, no broker) counts as one failure.
  failed += report.numFailedTests === 0 && statuses[at] !== 0 ? 1 : report.numFailedTests;
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = statuses.find((status) => status !== 0) ?? 0;

// Prints the closing line of CI, `N passed, N failed`, from the report of the test run, and ends with the run's own status.
import { existsSync, readFileSync } from 'node:fs';

type Report = { readonly numPassedTests: number; readonly numFailedTests: number };

const status = Number(process.argv[2] ?? '1');
const file = '.cache/test-report.json';
const report: Report = existsSync(file)
  ? (JSON.parse(readFileSync(file, 'utf8')) as Report)
  : { numPassedTests: 0, numFailedTests: 0 };
// A run that failed before or beside its tests (types, lint, a file that does not load) counts as one failure.
const failed = report.numFailedTests === 0 && status !== 0 ? 1 : report.numFailedTests;
console.log(`${report.numPassedTests} passed, ${failed} failed`);
process.exitCode = status;

// Prints the closing line of CI, `N passed, N failed`, from the reports of the test runs, and ends with the status of the first that failed.
import { existsSync, readFileSync } from 'node:fs';

type Report = { readonly numPassedTests: number; readonly numFailedTests: number };

/** The runs in order, each as `REPORT=STATUS`. */
const runs = process.argv.slice(2).map((given) => {
  const [report = '', status = '1'] = given.split('=');
  return { file: `.cache/${report}.json`, status: Number(status) };
});
let passed = 0;
let failed = 0;
for (const { file, status } of runs) {
  const report: Report = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as Report)
    : { numPassedTests: 0, numFailedTests: 0 };
  passed += report.numPassedTests;
  // A run that failed before or beside its tests (types, lint, a file that does not load, no broker) counts as one failure.
  failed += report.numFailedTests === 0 && status !== 0 ? 1 : report.numFailedTests;
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = runs.find(({ status }) => status !== 0)?.status ?? 0;

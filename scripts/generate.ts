// Writes the files that are derived from others; `test/tidy` says when one is stale.
import { writeFileSync } from 'node:fs';
import { renderDashboards } from '../dashboards/render-dashboards.ts';
import { capturedRecords, writtenRecords } from './emitter-records.ts';
import { renderEmitters } from './render-emitters.ts';
import { renderRecordTypes } from './render-record-types.ts';

writeFileSync('schemas/record-types.ts', renderRecordTypes());
console.log('wrote schemas/record-types.ts');

for (const [file, json] of renderDashboards()) {
  writeFileSync(file, json);
  console.log(`wrote ${file}`);
}

writeFileSync('docs/emitters.md', renderEmitters(capturedRecords(), writtenRecords()));
console.log('wrote docs/emitters.md');

// An exporter as a process of its own, so that a test can kill it. Argument: its configuration as JSON. Prints its addresses.
import { parseSiemExporterConfig } from '../../../siem-exporter/config.ts';
import { startSiemExporter } from '../../../siem-exporter/main.ts';

const role = await startSiemExporter(
  parseSiemExporterConfig(JSON.parse(process.argv[2] ?? '{}') as unknown),
);
role.failed.catch((error: unknown) => {
  console.error(error);
  process.exit(3);
});
process.once('SIGTERM', () => void role.stop().then(() => process.exit(0)));
console.log(JSON.stringify(role.addresses));

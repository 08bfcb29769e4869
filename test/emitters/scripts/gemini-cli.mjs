// /// script
// dependencies = [
//   "@google/gemini-cli@0.61.0",
// ]
// ///
// Gemini CLI without a terminal: its spans and log events.
import { run, writeHome } from './command-line.mjs';

writeHome(
  '.gemini/settings.json',
  JSON.stringify({
    mcpServers: { orders: { httpUrl: process.env.ORDERS_URL, trust: true } },
    security: { auth: { selectedType: 'gemini-api-key' }, folderTrust: { enabled: false } },
    telemetry: {
      enabled: true,
      traces: true,
      target: 'local',
      otlpEndpoint: process.env.OTEL_EXPORTER_OTLP_ENDPOINT,
      otlpProtocol: 'http',
      logPrompts: true,
    },
    general: { disableAutoUpdate: true, disableUpdateNag: true },
    privacy: { usageStatisticsEnabled: false },
  }),
);
await run(
  'gemini',
  ['--yolo', '--skip-trust', '-m', 'gemini-2.5-flash', '-p', '[plan orders] Refund A-1001.'],
  {
    GEMINI_API_KEY: 'scripted',
    GOOGLE_GEMINI_BASE_URL: process.env.MODEL_URL,
    GEMINI_TELEMETRY_TRACES_ENABLED: 'true',
  },
);

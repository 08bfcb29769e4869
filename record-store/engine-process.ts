// The embedded ClickHouse engine as a process of its own, started by engine.ts. Arguments: folder, HTTP port, native port.
// It lives until its standard input closes, which happens when its parent ends, however it ends.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { DataType, load, open } from 'ffi-rs';

const [folder = '', httpPort = '0', tcpPort = '0'] = process.argv.slice(2);

// The last statement never ends and costs a wake-up a second. Reading standard input instead, as `file('-')`, would need a grant
// that lets anybody on this machine list and read files.
const statements = [
  'SYSTEM START LISTEN HTTP',
  'SYSTEM START LISTEN TCP',
  `SELECT getServerPort('http_port') AS http, getServerPort('tcp_port') AS tcp
   INTO OUTFILE '${join(folder, 'ports.json').replaceAll("'", "''")}' TRUNCATE FORMAT JSONEachRow`,
  'SELECT count() FROM system.numbers WHERE sleepEachRow(1) SETTINGS max_block_size = 1',
];

// Dying at once is safe, and recovery is then always the same: what an insert was answered for is synced.
process.stdin.on('end', die).on('error', die).resume();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

open({ library: 'chdb', path: libraryPath() });
await runEngine([
  'clickhouse-local',
  '--path',
  join(folder, 'data'),
  '--config-file',
  join(folder, 'config.xml'),
  '--log-level',
  'warning',
  '--listen_host',
  '127.0.0.1',
  '--http_port',
  httpPort,
  '--tcp_port',
  tcpPort,
  '--query',
  statements.join('; '),
]);
die();

function die(): void {
  process.kill(process.pid, 'SIGKILL');
}

/** `chdb_query_cmdline(argc, argv)` is the whole of clickhouse-local. It is not in chdb's public API: the version is pinned. */
async function runEngine(args: string[]): Promise<void> {
  await load({
    library: 'chdb',
    funcName: 'chdb_query_cmdline',
    retType: DataType.External,
    paramsType: [DataType.I32, DataType.StringArray],
    paramsValue: [args.length, args],
    runInNewThread: true,
  });
}

function libraryPath(): string {
  const suffix = process.platform === 'linux' ? '-gnu' : '';
  const name = `@chdb/lib-${process.platform}-${process.arch}${suffix}`;
  const fromChdb = createRequire(createRequire(import.meta.url).resolve('chdb/package.json'));
  return join(dirname(fromChdb.resolve(`${name}/package.json`)), 'libchdb.so');
}

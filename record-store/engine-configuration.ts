import { createHash } from 'node:crypto';

/** The store's users, by what they may do. */
export const storeUsers = ['writer', 'reader', 'eraser', 'dashboard', 'migrator'] as const;
export type StoreUser = (typeof storeUsers)[number];

/**
 * The grants of each user, here and in a deployment of one's own. Nobody may ALTER … UPDATE or DELETE, TRUNCATE or drop a part of
 * a table of evidence but the migrator, whose password no running role holds.
 */
export const grants: Readonly<Record<StoreUser, readonly string[]>> = {
  writer: ['GRANT SELECT, INSERT ON waybill.*'],
  reader: ['GRANT SELECT ON waybill.*'],
  eraser: [
    'GRANT SELECT ON waybill.*',
    'GRANT ALTER DELETE ON waybill.payloads',
    'GRANT SELECT ON system.parts',
  ],
  dashboard: ['records', 'charges', 'registry', 'current_records', 'charges_by_day'].map(
    (table) => `GRANT SELECT ON waybill.${table}`,
  ),
  migrator: [
    'GRANT SELECT, INSERT, CREATE DATABASE, CREATE TABLE, CREATE VIEW, DROP TABLE, DROP VIEW, ALTER, OPTIMIZE ON waybill.*',
    'GRANT TABLE ENGINE ON MergeTree',
    'GRANT SELECT ON system.*',
    'GRANT SYSTEM MERGES, SYSTEM FLUSH ON *.*',
  ],
};

export type EngineLimits = {
  /** Of the whole engine, bytes. */
  readonly memoryBytesMax: number;
  /** Of one query, bytes. */
  readonly queryMemoryBytesMax: number;
  /** Seconds a reader's query may take; it may ask for up to twice as much. */
  readonly querySecondsMax: number;
  readonly threadsMax: number;
};

/** `config.xml`. System logs are off: each is a table that grows for ever unless somebody looks after it. */
export function engineConfigXml(folder: string, limits: EngineLimits): string {
  return `<clickhouse>
  <logger><level>warning</level><log>${xml(folder)}/server.log</log><size>2M</size><count>2</count></logger>
  <users_config>${xml(folder)}/users.xml</users_config>
  <access_control_improvements>
    <settings_constraints_replace_previous>true</settings_constraints_replace_previous>
  </access_control_improvements>
  <max_server_memory_usage>${limits.memoryBytesMax}</max_server_memory_usage>
  <mark_cache_size>67108864</mark_cache_size>
  <uncompressed_cache_size>0</uncompressed_cache_size>
  <max_concurrent_queries>64</max_concurrent_queries>
  <background_pool_size>${Math.max(2, limits.threadsMax)}</background_pool_size>
  <background_schedule_pool_size>4</background_schedule_pool_size>
  <merge_tree>
    <!-- Small blocks are merged by size ratio in a few steps; a block of many columns stays one file until it is large. -->
    <min_bytes_for_wide_part>67108864</min_bytes_for_wide_part>
    <merge_selector_base>16</merge_selector_base>
    <number_of_free_entries_in_pool_to_execute_mutation>1</number_of_free_entries_in_pool_to_execute_mutation>
    <number_of_free_entries_in_pool_to_lower_max_size_of_merge>1</number_of_free_entries_in_pool_to_lower_max_size_of_merge>
    <number_of_free_entries_in_pool_to_execute_optimize_entire_partition>1</number_of_free_entries_in_pool_to_execute_optimize_entire_partition>
  </merge_tree>
</clickhouse>
`;
}

export type UserPasswords = Readonly<Record<StoreUser, string>>;

/** `users.xml`. Passwords are 256 random bits, so that a plain SHA-256 of them is enough. */
export function usersXml(passwords: UserPasswords, limits: EngineLimits): string {
  const users = storeUsers.map((user) => userXml(user, passwords[user])).join('\n');
  return `<clickhouse>
  <profiles>
    <default>${profileSettings(limits)}</default>
    <reader>${profileSettings(limits)}
      <readonly>1</readonly>
      <max_execution_time>${limits.querySecondsMax}</max_execution_time>
      <cancel_http_readonly_queries_on_client_close>1</cancel_http_readonly_queries_on_client_close>
      <constraints>
        <max_execution_time><changeable_in_readonly/><max>${2 * limits.querySecondsMax}</max></max_execution_time>
      </constraints>
    </reader>
    <start/>
  </profiles>
  <quotas><default/>${START_QUOTA}</quotas>
  <users>
${START_USER}
${users}
  </users>
</clickhouse>
`;
}

// `optimize_use_implicit_projections`: with it, count() over a window is silently wrong in this engine on a table with a projection.
function profileSettings(limits: EngineLimits): string {
  return `
      <optimize_use_implicit_projections>0</optimize_use_implicit_projections>
      <max_threads>${limits.threadsMax}</max_threads>
      <max_insert_threads>1</max_insert_threads>
      <max_memory_usage>${limits.queryMemoryBytesMax}</max_memory_usage>
      <log_queries>0</log_queries>`;
}

/**
 * The engine runs its first statements as `default`, from 127.0.0.1 and without a password; no other name is possible. So that this
 * name is of no use to others, it may do those statements only, and its quota is used up by them before the first stranger
 * can connect (until 2033, when the quota's interval ends and three more are allowed, of the same kind).
 */
const START_QUOTA =
  '<start><interval><duration>2000000000</duration><queries>3</queries></interval></start>';
const START_USER = `    <default><no_password/><networks><ip>127.0.0.1</ip></networks><profile>start</profile><quota>start</quota>
      <grants><query>GRANT SYSTEM LISTEN ON *.*</query><query>GRANT SELECT ON system.numbers</query></grants></default>`;

function userXml(user: StoreUser, password: string): string {
  const profile = user === 'reader' || user === 'dashboard' ? 'reader' : 'default';
  const queries = grants[user].map((grant) => `<query>${grant}</query>`).join('');
  const hash = createHash('sha256').update(password).digest('hex');
  return `    <${user}><password_sha256_hex>${hash}</password_sha256_hex><networks><ip>127.0.0.1</ip><ip>::1</ip></networks>
      <profile>${profile}</profile><quota>default</quota><grants>${queries}</grants></${user}>`;
}

function xml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

import { userXml } from './user-files.ts';
import type { UserLimits, UserPasswords } from './users.ts';

export type EngineLimits = UserLimits & {
  /** Of the whole engine, bytes. */
  readonly memoryBytesMax: number;
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

/** `users.xml`. */
export function usersXml(passwords: UserPasswords, limits: EngineLimits): string {
  const set = { passwords, limits, layout: { kind: 'single' }, prefix: '' } as const;
  const { profiles, users } = userXml(set, ['127.0.0.1', '::1']);
  return `<clickhouse>
  <profiles>
${profiles}
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

/**
 * The engine runs its first statements as `default`, from 127.0.0.1 and without a password; no other name is possible. So that this
 * name is of no use to others, it may do those statements only, and its quota is used up by them before the first stranger
 * can connect (until 2033, when the quota's interval ends and three more are allowed, of the same kind).
 */
const START_QUOTA =
  '<start><interval><duration>2000000000</duration><queries>3</queries></interval></start>';
const START_USER = `    <default><no_password/><networks><ip>127.0.0.1</ip></networks><profile>start</profile><quota>start</quota>
      <grants><query>GRANT SYSTEM LISTEN ON *.*</query><query>GRANT SELECT ON system.numbers</query></grants></default>`;

function xml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

import { createHash } from 'node:crypto';
import type { StoreLayout } from './layout.ts';
import type { Profile, StoreUser, UserLimits, UserPasswords } from './users.ts';
import { grantsOf, profileOf, profiles, storeUsers } from './users.ts';

export type UserSet = {
  readonly passwords: UserPasswords;
  readonly limits: UserLimits;
  readonly layout: StoreLayout;
  /** Before each name, so that users of a server that is also somebody else's are not met by chance: `waybill_`. */
  readonly prefix: string;
};

/**
 * The users as statements for an administrator, safe to repeat: passwords (as digests), settings and grants are as stated after it. A grant that somebody
 * added by hand stays.
 */
export function userStatements({ passwords, limits, layout, prefix }: UserSet): readonly string[] {
  const made = profiles(limits, layout).map(
    (profile) =>
      `CREATE SETTINGS PROFILE OR REPLACE \`${prefix}${profile.name}\` SETTINGS ${settingsSql(profile)}`,
  );
  const users = storeUsers.flatMap((user) => {
    const name = `\`${prefix}${user}\``;
    const secret = `IDENTIFIED WITH sha256_hash BY '${digestOf(passwords[user])}'`;
    const profile = `SETTINGS PROFILE \`${prefix}${profileOf(user)}\``;
    return [
      `CREATE USER IF NOT EXISTS ${name} ${secret} ${profile}`,
      `ALTER USER ${name} ${secret} ${profile}`,
      ...grantsOf(user, layout).map((grant) => `GRANT ${grant} TO ${name}`),
    ];
  });
  return [...made, ...users];
}

function settingsSql({ settings, secondsMax }: Profile): string {
  return Object.entries(settings)
    .map(([name, value]) => {
      const text = typeof value === 'number' ? String(value) : `'${value}'`;
      const bound = name === 'max_execution_time' && secondsMax !== null;
      return `${name} = ${text}${bound ? ` MAX ${secondsMax} CHANGEABLE_IN_READONLY` : ''}`;
    })
    .join(', ');
}

/** The same as parts of `users.xml`, for a server whose users are in files. */
export type UserXml = { readonly profiles: string; readonly users: string };

export function userXml(set: UserSet, networks: readonly string[]): UserXml {
  const { limits, layout, prefix } = set;
  return {
    profiles: profiles(limits, layout)
      .map((profile) => profileXml(profile, prefix))
      .join('\n'),
    users: storeUsers.map((user) => oneUserXml(set, user, networks)).join('\n'),
  };
}

function profileXml({ name, settings, secondsMax }: Profile, prefix: string): string {
  const lines = Object.entries(settings).map(
    ([setting, value]) => `      <${setting}>${value}</${setting}>`,
  );
  const bound = `      <constraints>
        <max_execution_time><changeable_in_readonly/><max>${secondsMax}</max></max_execution_time>
      </constraints>`;
  const all = secondsMax === null ? lines : [...lines, bound];
  return `    <${prefix}${name}>\n${all.join('\n')}\n    </${prefix}${name}>`;
}

function oneUserXml(set: UserSet, user: StoreUser, networks: readonly string[]): string {
  const { passwords, layout, prefix } = set;
  const queries = grantsOf(user, layout).map((grant) => `<query>GRANT ${grant}</query>`);
  const from = networks.map((network) => `<ip>${network}</ip>`).join('');
  return `    <${prefix}${user}><password_sha256_hex>${digestOf(passwords[user])}</password_sha256_hex><networks>${from}</networks>
      <profile>${prefix}${profileOf(user)}</profile><quota>default</quota><grants>${queries.join('')}</grants></${prefix}${user}>`;
}

/** Passwords are 256 random bits, so that a plain SHA-256 of them is enough. */
function digestOf(password: string): string {
  return createHash('sha256').update(password).digest('hex');
}

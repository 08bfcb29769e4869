import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { CommandFailure } from './failure.ts';
import type { RoleConfig } from './role-starts.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export type ConfigSource = {
  /** The command that asks, for its messages. */
  readonly command: string;
  readonly file: string;
  /** `knob=value` or `group.knob=value`; the value is read as YAML. */
  readonly settings: readonly string[];
  readonly environment: Environment;
};

/**
 * The configuration of a role: what the file has under `common`, then what it has under the role's name, then the settings given beside it.
 * `${env:NAME}` in a text stands for a variable of the environment. Secrets are in files that the configuration names.
 */
export async function readRoleConfig(source: ConfigSource, section: string): Promise<RoleConfig> {
  const { command, file, environment } = source;
  const document = groupOf(await readDocument(source), () => `${file} must hold sections`);
  const config = [document['common'], document[section]].reduce<RoleConfig>(
    (merged, part) =>
      part === undefined || part === null
        ? merged
        : {
            ...merged,
            ...groupOf(part, () => `${file}: common and ${section} must hold settings`),
          },
    {},
  );
  const given = source.settings.reduce((merged, setting) => set(merged, setting), config);
  return fill(given, environment) as RoleConfig;

  function groupOf(value: unknown, told: () => string): RoleConfig {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as RoleConfig;
    }
    throw new CommandFailure('usage', `waybill ${command}: ${told()}.`);
  }

  function set(config: RoleConfig, setting: string): RoleConfig {
    const at = setting.indexOf('=');
    if (at < 1) {
      throw new CommandFailure('usage', `waybill ${command}: --set ${setting} is not KNOB=VALUE.`);
    }
    return setAt(config, setting.slice(0, at).split('.'), parse(setting.slice(at + 1)));
  }

  function setAt(config: RoleConfig, path: readonly string[], value: unknown): RoleConfig {
    const [first = '', ...rest] = path;
    if (rest.length === 0) return { ...config, [first]: value };
    const inner = groupOf(config[first] ?? {}, () => `--set: ${first} holds no settings`);
    return { ...config, [first]: setAt(inner, rest, value) };
  }

  function fill(value: unknown, from: Environment): unknown {
    if (typeof value === 'string') return value.replaceAll(/\$\{env:(\w{1,128})\}/g, valueOf);
    if (Array.isArray(value)) return value.map((item) => fill(item, from));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [name, fill(item, from)]),
    );
  }

  function valueOf(_: string, name: string): string {
    const value = environment[name];
    if (value !== undefined) return value;
    throw new CommandFailure('usage', `waybill ${command}: ${file} needs the variable ${name}.`);
  }
}

async function readDocument({ command, file }: ConfigSource): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new CommandFailure('usage', `waybill ${command}: cannot read ${file}.`, cause);
  }
  try {
    return parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'not YAML';
    throw new CommandFailure('usage', `waybill ${command}: ${file} is not YAML: ${why}`, cause);
  }
}

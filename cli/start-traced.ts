import type { RunningRole } from '../schemas/role.ts';
import type { TracingEnvironment } from '../telemetry/start-tracing.ts';
import { startTracing } from '../telemetry/start-tracing.ts';
import type { RoleConfig, RoleName } from './role-starts.ts';
import { roleStarts } from './role-starts.ts';

/** Starts a role in this thread, traced where the environment says so. What it told last is sent when it has stopped. */
export async function startTraced(
  role: RoleName,
  config: RoleConfig,
  environment: TracingEnvironment,
): Promise<RunningRole> {
  const tracing = await startTracing(role, environment);
  try {
    const running = await roleStarts[role](config);
    const stop = async (): Promise<void> => {
      try {
        await running.stop();
      } finally {
        await tracing.stop();
      }
    };
    return { ...running, stop };
  } catch (error) {
    await tracing.stop();
    throw error;
  }
}

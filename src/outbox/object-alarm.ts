/** The delay of the next alarm if an alarm fails, or if the object is evicted during it. */
export const safetyMs = 60_000;

/**
 * Runs the work of an alarm. It never throws, because the runtime would retry six times and then stop. If
 * the work fails, the next alarm is a minute later.
 */
export async function runAlarm(
  storage: DurableObjectStorage,
  now: () => number,
  work: () => Promise<void>,
  logError: (error: string) => void,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    logError(error instanceof Error ? error.name : "unknown");
    try {
      await storage.setAlarm(now() + safetyMs);
    } catch {
      // The storage itself is down, so no alarm can be set.
    }
  }
}

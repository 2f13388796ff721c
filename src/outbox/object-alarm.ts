/** What a Durable Object's alarm does next when this one has failed, or the object is evicted in it. */
export const safetyMs = 60_000;

/**
 * The work of an alarm. It never throws: the runtime would retry six times and then never again. When
 * the work fails, the alarm comes back after a minute.
 */
export async function runAlarm(
  storage: DurableObjectStorage,
  now: () => number,
  work: () => Promise<void>,
  tell: (error: string) => void,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    tell(error instanceof Error ? error.name : "unknown");
    try {
      await storage.setAlarm(now() + safetyMs);
    } catch {
      // The storage itself is down: there is nothing to set an alarm with.
    }
  }
}

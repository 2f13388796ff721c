import { readConfig, type Config } from "../config.ts";
import type { Log } from "../events.ts";
import { createLog } from "../lib/log.ts";
import { postSigned, type WebhookTarget } from "../lib/signed-post.ts";
import { metricsTo, type MetricsDataset } from "../metrics.ts";
import type { Runtime } from "../runtime.ts";
import { afterAttempt, failureOf, type AttemptEnding } from "./attempt.ts";
import type { LetterStore, ListedLetter } from "./dead-letters.ts";
import { bodyOf, type StoredEvent } from "./event.ts";
import { safetyMs } from "./object-alarm.ts";
import type { DeadLetter, Outbox } from "./outbox.ts";

/** The bindings of a Durable Object. Alarms need them, because no caller brings the settings. */
export type ObjectSettings = Readonly<Record<string, unknown>> & {
  readonly METRICS?: MetricsDataset;
  /** Its object `world` has the operator's list of dead letters. */
  readonly SEND_BUDGET?: { readonly getByName: (name: string) => ListObject };
};

interface ListObject {
  listDeadLetters(letters: readonly ListedLetter[]): void | Promise<void>;
}

/** The object that has the events. */
export interface Home {
  readonly store: LetterStore;
  /** Its hexadecimal id. */
  readonly object: string;
  /** Adds letters to the operator's list. */
  readonly list: (letters: readonly ListedLetter[]) => Promise<void>;
}

/** The most deliveries of one alarm. The next alarm continues. */
const mostPerAlarm = 100;
/** Short, because a receiver must answer before it does its work (SECURITY H2). */
const timeoutMs = 2_000;

/** Returns the log for work that belongs to no request. */
export const logOf = ({ METRICS }: ObjectSettings): Log =>
  createLog(() => ({}), metricsTo(METRICS));

/**
 * Delivers the events that are due, oldest first, and lists dead letters. A failing event blocks the later
 * ones until it is delivered or dead. Delivery is at least once: if the object is evicted after the
 * receiver's answer, the same event is sent again with the same id.
 */
export async function deliverEvents(
  outbox: Outbox,
  settings: ObjectSettings,
  outside: Pick<Runtime, "fetch" | "now">,
  home: Home,
): Promise<void> {
  const outcome = await readConfig(settings, outside.now);
  // With wrong settings all routes are closed, and no key can open sealed parts. The events wait.
  if (outcome.kind !== "ok") return outbox.postpone(outside.now() + safetyMs);
  const { config } = outcome;
  const log = logOf(settings);
  outbox.forgetOld(outside.now());
  if (config.events === undefined) outbox.drop();
  else await deliverDue(outbox, config, config.events, outside, log);
  await listDead(outbox, outside, home, log);
}

async function deliverDue(
  outbox: Outbox,
  { peppers }: Pick<Config, "peppers">,
  target: WebhookTarget,
  outside: Pick<Runtime, "fetch" | "now">,
  log: Log,
): Promise<void> {
  for (let attempts = 0; attempts < mostPerAlarm; attempts += 1) {
    const due = outbox.due(outside.now());
    if (due === undefined) return;
    const { event, failures } = due;
    const { id, type } = event;
    const body = await bodyOf(event, peppers);
    const ending = await attempt(due, body, target, outside, (reason) =>
      log("event.undelivered", { level: "warning", id, type, attempt: failures + 1, reason }),
    );
    if (ending.kind === "dead")
      log("event.dead_letter", { level: "alert", id, type, reason: ending.reason });
    outbox.settle(event, ending, outside.now());
  }
}

async function attempt(
  due: { readonly event: StoredEvent; readonly failures: number },
  body: string | undefined,
  target: WebhookTarget,
  outside: Pick<Runtime, "fetch" | "now">,
  logFailure: (reason: string) => void,
): Promise<AttemptEnding> {
  if (body === undefined) return { kind: "dead", reason: "unreadable" };
  const message = { id: due.event.id, body };
  // Only the receiver's status matters.
  const answer = await postSigned(outside, target, message, { timeoutMs, maxBytes: 0 });
  const ending = afterAttempt(due, answer, outside.now());
  if (ending.kind !== "delivered") logFailure(failureOf(answer));
  return ending;
}

async function listDead(
  outbox: Outbox,
  { now }: Pick<Runtime, "now">,
  { store, object, list }: Home,
  log: Log,
): Promise<void> {
  const letters = outbox.unlisted(now());
  if (letters.length === 0) return;
  const rowOf = ({ event: { id, type, atMs }, diedAtMs, reason }: DeadLetter): ListedLetter => ({
    id,
    type,
    atMs,
    diedAtMs,
    reason,
    store,
    object,
  });
  try {
    await list(letters.map(rowOf));
    outbox.listed(letters.map(({ event }) => event.id));
  } catch (error) {
    log("store.failed", {
      level: "alert",
      store: "send_budget",
      error: error instanceof Error ? error.name : "unknown",
    });
    outbox.listLater(now() + safetyMs);
  }
}

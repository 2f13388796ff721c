import * as v from "valibot";
import type { CaptchaConfig } from "../config/captcha.ts";
import { decodeJson } from "../lib/json.ts";
import { readCapped } from "../lib/read-capped.ts";
import type { Runtime } from "../runtime.ts";

/** What somebody hands in instead of being a robot. */
export interface CaptchaAttempt {
  readonly token: string;
  /** `CF-Connecting-IP`, where there is one. */
  readonly remoteIp: string | undefined;
  /** A UUID of this attempt: asked again under it, Turnstile does not call the token used. */
  readonly idempotencyKey: string;
}

/** What the token must have been made for. */
export interface CaptchaTarget {
  readonly hostnames: ReadonlySet<string>;
  readonly action: string;
}

export type CaptchaFailure =
  | "already_used"
  | "invalid"
  | "wrong_hostname"
  | "wrong_action"
  | "stale";

export type CaptchaOutcome =
  | { readonly kind: "passed" }
  | { readonly kind: "failed"; readonly reason: CaptchaFailure }
  /** Nobody can say: no answer, a broken one, or a secret that is not Turnstile's. */
  | { readonly kind: "unavailable" };

/** Over both tries, bodies included. */
const deadlineMs = 3000;
const maxBodyBytes = 16 * 1024;
/** A token is at most so long; what is longer need not be asked about. */
const maxTokenLength = 2048;
/** Turnstile's own five minutes, and one for clocks that differ. */
const maxAgeMs = 6 * 60 * 1000;

const answerBody = v.object({
  success: v.boolean(),
  "error-codes": v.optional(v.array(v.string()), []),
  hostname: v.optional(v.string()),
  action: v.optional(v.string()),
  challenge_ts: v.optional(v.string()),
  metadata: v.optional(v.object({ result_with_testing_key: v.optional(v.boolean()) })),
});
type Answer = v.InferOutput<typeof answerBody>;

/**
 * Asks Cloudflare's siteverify whether a captcha was solved: three seconds at most, once more under
 * the same key when the answer was lost. Source: Turnstile's documentation, "Validate the token".
 */
export async function verifyCaptcha(
  runtime: Pick<Runtime, "fetch" | "now" | "log" | "trace">,
  config: Pick<CaptchaConfig, "secret" | "baseUrl" | "development">,
  attempt: CaptchaAttempt,
  target: CaptchaTarget,
): Promise<CaptchaOutcome> {
  if (attempt.token === "" || attempt.token.length > maxTokenLength)
    return { kind: "failed", reason: "invalid" };
  const ask = () => askWithin(runtime, config, attempt);
  const answer = await runtime.trace.hop("turnstile", ask);
  const outcome =
    answer === undefined
      ? ({ kind: "unavailable" } as const)
      : judgeAnswer(answer, target, config.development, runtime.now());
  if (outcome.kind === "unavailable")
    // The codes are Turnstile's own words for what is wrong; a wrong secret is among them.
    runtime.log("captcha.unavailable", {
      level: "alert",
      codes: answer?.["error-codes"].join(" ").slice(0, 200),
    });
  return outcome;
}

/** One deadline over both tries, also for a `fetch` that ignores its signal. */
async function askWithin(
  runtime: Pick<Runtime, "fetch">,
  config: Pick<CaptchaConfig, "secret" | "baseUrl">,
  attempt: CaptchaAttempt,
): Promise<Answer | undefined> {
  const deadline = new AbortController();
  const expired = new Promise<undefined>((resolve) =>
    deadline.signal.addEventListener("abort", () => resolve(undefined)),
  );
  const timer = setTimeout(() => deadline.abort(), deadlineMs);
  const tries = async () => {
    const first = await askOnce(runtime, config, attempt, deadline.signal);
    const isLost = first === undefined || first["error-codes"].includes("internal-error");
    return isLost && !deadline.signal.aborted
      ? askOnce(runtime, config, attempt, deadline.signal)
      : first;
  };
  try {
    return await Promise.race([tries(), expired]);
  } finally {
    clearTimeout(timer);
    deadline.abort();
  }
}

async function askOnce(
  runtime: Pick<Runtime, "fetch">,
  config: Pick<CaptchaConfig, "secret" | "baseUrl">,
  { token, remoteIp, idempotencyKey }: CaptchaAttempt,
  signal: AbortSignal,
): Promise<Answer | undefined> {
  const origin = config.baseUrl ?? "https://challenges.cloudflare.com";
  const form = new URLSearchParams({
    secret: config.secret,
    response: token,
    ...(remoteIp !== undefined && { remoteip: remoteIp }),
    idempotency_key: idempotencyKey,
  });
  try {
    const response = await runtime.fetch(`${origin}/turnstile/v0/siteverify`, {
      method: "POST",
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
      body: form.toString(),
      // A redirect would carry the secret to whoever it names.
      redirect: "manual",
      signal,
    });
    const bytes = await readCapped(response.body, maxBodyBytes);
    // A refusal comes with 200 or with a 4xx and says why in its body; a 5xx says nothing.
    if (bytes === "too_large" || response.status >= 500) return undefined;
    const { success, output } = v.safeParse(answerBody, decodeJson(bytes));
    return success ? output : undefined;
  } catch {
    return undefined;
  }
}

function judgeAnswer(
  answer: Answer,
  target: CaptchaTarget,
  development: boolean,
  nowMs: number,
): CaptchaOutcome {
  if (!answer.success) return judgeRefusal(answer["error-codes"]);
  const isDummy = answer.metadata?.result_with_testing_key === true;
  // The dummy keys know neither host nor action; where they are allowed all is a game.
  if (isDummy)
    return development ? { kind: "passed" } : { kind: "failed", reason: "wrong_hostname" };
  if (!target.hostnames.has(answer.hostname ?? ""))
    return { kind: "failed", reason: "wrong_hostname" };
  if (answer.action !== target.action) return { kind: "failed", reason: "wrong_action" };
  const solvedAtMs = Date.parse(answer.challenge_ts ?? "");
  // NaN is no time either. The future is another clock: Turnstile has judged it by its own.
  return nowMs - solvedAtMs <= maxAgeMs ? { kind: "passed" } : { kind: "failed", reason: "stale" };
}

/** Only what Turnstile says of the token is the caller's failure; the rest is ours, or Turnstile's. */
function judgeRefusal(codes: readonly string[]): CaptchaOutcome {
  if (codes.includes("timeout-or-duplicate")) return { kind: "failed", reason: "already_used" };
  const ofToken = ["invalid-input-response", "missing-input-response"];
  return codes.some((code) => ofToken.includes(code))
    ? { kind: "failed", reason: "invalid" }
    : { kind: "unavailable" };
}

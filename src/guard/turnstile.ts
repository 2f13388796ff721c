import * as v from "valibot";
import type { CaptchaConfig } from "../config/captcha.ts";
import { decodeJson } from "../lib/json.ts";
import { readCapped } from "../lib/read-capped.ts";
import type { Runtime } from "../runtime.ts";

/** One captcha to check. */
export interface CaptchaAttempt {
  readonly token: string;
  /** `CF-Connecting-IP`, if present. */
  readonly remoteIp: string | undefined;
  /**
   * The UUID of this attempt. A retry with the same UUID does not count as a second use of the
   * token.
   */
  readonly idempotencyKey: string;
}

/** The page and purpose for which the token must have been made. */
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
  /** The token was not judged: there was no answer, a broken one, or our secret is wrong. */
  | { readonly kind: "unavailable" };

/** The limit for both attempts with their bodies. */
const deadlineMs = 3000;
const maxBodyBytes = 16 * 1024;
/** In characters. Turnstile's tokens are never longer, so a longer token is refused without a call. */
const maxTokenLength = 2048;
/** Turnstile's own five minutes, and one minute for clocks that differ. */
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
 * Asks Cloudflare's siteverify whether a captcha was solved: 3 s in total, one retry with the same key after
 * a lost answer. Source: Turnstile's documentation, "Validate the token".
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
    // Turnstile's error codes say what is wrong, for example that our secret is.
    runtime.log("captcha.unavailable", {
      level: "alert",
      codes: answer?.["error-codes"].join(" ").slice(0, 200),
    });
  return outcome;
}

/** One deadline for both attempts, even if `fetch` ignores its signal. */
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
      // A redirect would send the secret to another host.
      redirect: "manual",
      signal,
    });
    const bytes = await readCapped(response.body, maxBodyBytes);
    // A refusal is a 200 or a 4xx with the reason in its body. A 5xx has no usable body.
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
  // The answer for a dummy key has no host name and no action. Dummy keys are for development only.
  if (isDummy)
    return development ? { kind: "passed" } : { kind: "failed", reason: "wrong_hostname" };
  if (!target.hostnames.has(answer.hostname ?? ""))
    return { kind: "failed", reason: "wrong_hostname" };
  if (answer.action !== target.action) return { kind: "failed", reason: "wrong_action" };
  const solvedAtMs = Date.parse(answer.challenge_ts ?? "");
  // NaN fails this comparison too. A time in the future is accepted, since Turnstile's clock decides.
  return nowMs - solvedAtMs <= maxAgeMs ? { kind: "passed" } : { kind: "failed", reason: "stale" };
}

/** Only codes about the token mean a failure of the caller. All others are our fault or Turnstile's. */
function judgeRefusal(codes: readonly string[]): CaptchaOutcome {
  if (codes.includes("timeout-or-duplicate")) return { kind: "failed", reason: "already_used" };
  const ofToken = ["invalid-input-response", "missing-input-response"];
  return codes.some((code) => ofToken.includes(code))
    ? { kind: "failed", reason: "invalid" }
    : { kind: "unavailable" };
}

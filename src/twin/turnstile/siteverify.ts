import type { Answer } from "../answer.ts";
import { TWIN_TURNSTILE_SECRET } from "../seed.ts";
import { DUMMY_SECRETS, DUMMY_TOKEN } from "./tokens.ts";

/** A used token, and the idempotency key with which it may be sent again. */
export interface Redeemed {
  token: string;
  idempotencyKey: string | null;
}

/** Turnstile's tokens expire after five minutes. */
const TOKEN_LIFETIME_SECONDS = 300;

/**
 * Returns the answer of Cloudflare's siteverify. Source: Turnstile's documentation, "Validate the
 * token" and "Test your Turnstile implementation". That every refusal except a malformed request
 * has status 200 is a guess.
 */
export function siteverify(
  fields: ReadonlyMap<string, string>,
  redeemed: Redeemed[],
  nowMs: number,
): Answer {
  const secret = fields.get("secret") ?? "";
  const token = fields.get("response") ?? "";
  if (secret === "") return refused("missing-input-secret");
  if (token === "") return refused("missing-input-response");
  if (secret === TWIN_TURNSTILE_SECRET) return judgeToken(token, fields, redeemed, nowMs);
  if (!Object.values(DUMMY_SECRETS).includes(secret)) return refused("invalid-input-secret");
  return token === DUMMY_TOKEN && secret !== DUMMY_SECRETS.fails
    ? judgeDummy(secret, nowMs)
    : refused("invalid-input-response");
}

function judgeDummy(secret: string, nowMs: number): Answer {
  if (secret === DUMMY_SECRETS.spent) return refused("timeout-or-duplicate");
  // As observed: no action, and Cloudflare's own host (cloudflare-docs, pull request 30412).
  const metadata = { result_with_testing_key: true };
  return { status: 200, body: { ...solved(nowMs), hostname: "example.com", metadata } };
}

function judgeToken(
  given: string,
  fields: ReadonlyMap<string, string>,
  redeemed: Redeemed[],
  nowMs: number,
): Answer {
  const [token = "", query = ""] = given.split("?", 2);
  const more = new URLSearchParams(query);
  const ageSeconds = Number(more.get("age_seconds") ?? 0);
  if (token === "twin-used" || ageSeconds > TOKEN_LIFETIME_SECONDS)
    return refused("timeout-or-duplicate");
  if (token.startsWith("twin-once-")) {
    const idempotencyKey = fields.get("idempotency_key") ?? null;
    const before = redeemed.find((known) => known.token === given);
    const isRepeated = before?.idempotencyKey === idempotencyKey && idempotencyKey !== null;
    if (before !== undefined && !isRepeated) return refused("timeout-or-duplicate");
    if (before === undefined) redeemed.push({ token: given, idempotencyKey });
  } else if (token !== "twin-pass") return refused("invalid-input-response");
  const details = {
    hostname: more.get("hostname") ?? "localhost",
    action: more.get("action") ?? "",
    cdata: "",
  };
  return { status: 200, body: { ...solved(nowMs - ageSeconds * 1000), ...details } };
}

function solved(atMs: number): object {
  return { success: true, challenge_ts: new Date(atMs).toISOString(), "error-codes": [] };
}

export function refused(code: string, status = 200): Answer {
  return { status, body: { success: false, "error-codes": [code] } };
}

import type { Purpose } from "../contract.ts";
import { randomNonce } from "../lib/random-nonce.ts";
import { confirmedBy } from "../handles/app-claims.ts";
import { countAddress, rememberedOver } from "./caller-address.ts";
import { candidateDigests } from "../sending/code-digest.ts";
import type { Caller, VerificationDeps } from "./deps.ts";
import { makeDeviceToken } from "../handles/device-token.ts";
import { troubleRetrySeconds, type Trouble } from "../sending/engine.ts";
import type { CheckEnding } from "../ledger/judge.ts";
import type { CheckOutcome, Granted, Proven, Reward } from "./outcomes.ts";
import { maskPhoneNumber } from "../phone/number.ts";
import { openSealed, type Sealed } from "../handles/sealed.ts";
import { openHandle, type VerificationHandle } from "../handles/verification-id.ts";

/**
 * Judges a code. The attempt is counted before it is judged; a right code is right once, and earns
 * the reward.
 */
export async function checkVerification<Earned>(
  deps: VerificationDeps,
  id: string,
  code: string,
  caller: Caller,
  rewardOf: (purpose: Purpose) => Reward<Earned>,
): Promise<CheckOutcome<Earned>> {
  const handle = await openHandle(id, deps.config.peppers);
  if (handle === undefined) return refused(deps, { kind: "not_found" });
  deps.runtime.trace.about({ country: handle.ledger.country });
  const over = rememberedOver(deps, "check", caller);
  if (over !== undefined) return refused(deps, over);
  const confirmed = Promise.withResolvers<string | undefined>();
  try {
    const outcome = await judge(deps, handle, code, caller, rewardOf, confirmed.promise);
    const ending = endingOf(outcome);
    const { country } = handle.ledger;
    if (ending !== undefined) {
      const work = deps.budget.checked({ verification: handle.nonce, country, ending });
      deps.runtime.background("store.failed", work);
    }
    if (ending !== "approved") return refused(deps, outcome);
    confirmed.resolve(country);
    return outcome;
  } finally {
    // The address's one write waits for it.
    confirmed.resolve(undefined);
  }
}

function refused<const Outcome extends { readonly kind: string }>(
  { runtime }: Pick<VerificationDeps, "runtime">,
  outcome: Outcome,
): Outcome {
  runtime.log("verification.refused", { step: "check", reason: outcome.kind });
  return outcome;
}

/**
 * What the guard learns of a check; nothing from one that nobody has judged. So the last wrong code
 * of a verification goes uncounted: it is told as all that come after it are, which cost nothing.
 */
function endingOf({ kind }: CheckOutcome<unknown>): "approved" | "failed" | undefined {
  if (kind === "approved") return "approved";
  return kind === "wrong_code" ? "failed" : undefined;
}

async function judge<Earned>(
  deps: VerificationDeps,
  handle: VerificationHandle,
  code: string,
  caller: Caller,
  rewardOf: (purpose: Purpose) => Reward<Earned>,
  confirmed: Promise<string | undefined>,
): Promise<CheckOutcome<Earned>> {
  const { config, runtime } = deps;

  const ledger = deps.ledgerAt(handle.ledger);
  const named = { id: handle.nonce, attempt: randomNonce() };
  const digests = await candidateDigests(code, handle.nonce, config.peppers);
  const session = caller.session === undefined ? {} : { session: caller.session };
  const [allowed, begun] = await Promise.all([
    countAddress(deps, "check", caller, { confirmed }),
    ledger.beginCheck({ ...named, ...session, digests }),
  ]);
  // A right code of ours is used up by now: its answer is due, whatever its address has done.
  if (begun.kind === "approved") {
    const proven = await provenBy(deps, handle, begun);
    return approved(deps, proven, begun, await rewardOf(begun.purpose).grant(proven));
  }
  if (allowed.kind === "over_address_limit") {
    if (begun.kind === "ask")
      runtime.background("store.failed", ledger.settleCheck({ ...named, result: "not_judged" }));
    return allowed;
  }
  if (begun.kind === "unknown") return unknowable;
  if (begun.kind !== "ask") return begun;

  const { service, reference } = begun;
  const proven = await provenBy(deps, handle, begun);
  const about = { service, to: proven.to, confirmed: confirmedBy(proven.app) };
  const asked = { ...about, ...(reference !== undefined && { reference }) };
  const { result, trouble } = await deps.verify.check(asked, code);
  const settled = ledger.settleCheck({ ...named, result });
  const { attemptsRemaining } = begun;
  // Whether the last attempt is the end is for the ledger to say: others may be given back.
  if (trouble !== undefined || (result === "wrong" && attemptsRemaining > 0)) {
    runtime.background("store.failed", settled);
    return trouble ?? { kind: "wrong_code", attemptsRemaining };
  }
  const reward = rewardOf(begun.purpose);
  const beside = result === "approved" && reward.takeBack ? reward.grant(proven) : undefined;
  const [ending, granted] = await Promise.all([settled, beside]);
  if (ending.kind === "approved" && result === "approved")
    return approved(deps, proven, ending, granted ?? (await reward.grant(proven)));
  if (granted?.kind === "granted" && reward.takeBack)
    runtime.background("store.failed", reward.takeBack(granted.earned));
  return ending.kind === "unknown" || ending.kind === "approved" ? unknowable : ending;
}

async function provenBy(
  deps: VerificationDeps,
  handle: VerificationHandle,
  sealed: Sealed & Pick<Proven, "channel" | "purpose">,
): Promise<Proven> {
  const { channel, purpose } = sealed;
  const opened = await openSealed(deps, sealed, handle.nonce);
  deps.runtime.trace.about({ to: maskPhoneNumber(opened.to) });
  return { ...opened, handle, channel, purpose };
}

async function approved<Earned>(
  deps: VerificationDeps,
  { handle, channel, purpose }: Proven,
  { given, messageSid }: Extract<CheckEnding, { kind: "approved" }>,
  granted: Granted<Earned>,
): Promise<CheckOutcome<Earned>> {
  const { config, runtime } = deps;
  runtime.log("verification.approved", { channel, purpose });
  if (messageSid !== undefined && deps.message !== undefined)
    runtime.background("provider.error", deps.message.confirm(messageSid));
  // The code is used up all the same: it was right, and is right once.
  if (granted.kind !== "granted") return granted;
  const { ledger } = handle;
  const deviceToken = await makeDeviceToken(ledger, given, runtime.now(), config.peppers);
  return { kind: "approved", earned: granted.earned, deviceToken };
}

/** What nobody can say is the provider's trouble to the caller. */
const unknowable = {
  kind: "provider_unavailable",
  retryAfterSeconds: troubleRetrySeconds,
} as const satisfies Trouble;

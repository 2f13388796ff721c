import type { Purpose } from "../contract/words.ts";
import { randomNonce } from "../lib/random-nonce.ts";
import { microPriceOfApproval } from "../guard/money.ts";
import { confirmedTransaction } from "../handles/app-claims.ts";
import { countCheck, knownOverLimit } from "./caller-address.ts";
import { pretendPause } from "./conversation.ts";
import { candidateDigests } from "../sending/code-digest.ts";
import type { Caller, VerificationDeps } from "./deps.ts";
import { makeDeviceToken } from "../handles/device-token.ts";
import { troubleRetrySeconds, type Trouble } from "../sending/engine.ts";
import type { CheckEnding } from "../ledger/check-result.ts";
import type { CheckOutcome, Granted, Proven, Reward } from "./outcomes.ts";
import { maskPhoneNumber } from "../phone/number.ts";
import { openSealed, type Sealed } from "../handles/sealed.ts";
import {
  verificationLogFields,
  openHandle,
  type VerificationHandle,
} from "../handles/verification-id.ts";
import { refusalEnd, type Ending } from "./refusal-end.ts";

/**
 * Checks a code. The attempt is counted before the code is judged. A right code is accepted once, and
 * gives the reward of the verification's purpose.
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
  deps.runtime.trace.about(await verificationLogFields(handle));
  const over = knownOverLimit(deps, "check", caller);
  if (over !== undefined) return refused(deps, over);
  const begun = await beginCheck(deps, handle, code, caller);
  let confirmedCountry: string | undefined;
  try {
    const { outcome, ending, isCharged = false } = await judge(deps, begun, rewardOf);
    // A test number proves nothing: neither to conversion and failed checks nor for the address.
    if (ending !== undefined && !handle.isTest) {
      const { country } = handle.ledger;
      const checked = { verification: handle.nonce, country, ending, isCharged };
      deps.runtime.background("store.failed", deps.budget.checked(checked));
      if (ending === "approved") confirmedCountry = country;
    }
    return outcome.kind === "approved" ? outcome : refused(deps, outcome);
  } finally {
    begun.storeCheck(confirmedCountry);
  }
}

function refused<const Outcome extends Ending>(
  { runtime }: Pick<VerificationDeps, "runtime">,
  outcome: Outcome,
): Outcome {
  const until = refusalEnd(outcome, runtime.now());
  runtime.log("verification.refused", { step: "check", reason: outcome.kind, until });
  return outcome;
}

/**
 * The outcome for the caller, and what the guard counts. A check that was not judged is not
 * counted.
 */
interface Judgement<Earned> {
  readonly outcome: CheckOutcome<Earned>;
  readonly ending?: "approved" | "failed";
  /** Twilio Verify approved the code and charges for it. */
  readonly isCharged?: boolean;
}

/**
 * Counts the attempt, and at the same time the address. If the address reaches a limit, this check still
 * gets its outcome. The isolate refuses the address's next check before it calls a store.
 */
async function beginCheck(
  deps: VerificationDeps,
  handle: VerificationHandle,
  code: string,
  caller: Caller,
) {
  const ledger = deps.ledgerAt(handle.ledger);
  const named = { id: handle.nonce, attempt: randomNonce() };
  const digests = await candidateDigests(code, handle.nonce, deps.config.peppers);
  const session = caller.session === undefined ? {} : { session: caller.session };
  const [storeCheck, begun] = await Promise.all([
    countCheck(deps, caller),
    ledger.call("beginCheck", { ...named, ...session, digests }),
  ]);
  return { handle, code, ledger, named, begun, storeCheck };
}

/** A code of our own was judged in the ledger. Twilio judges its codes now. */
async function judge<Earned>(
  deps: VerificationDeps,
  { handle, code, ledger, named, begun }: Awaited<ReturnType<typeof beginCheck>>,
  rewardOf: (purpose: Purpose) => Reward<Earned>,
): Promise<Judgement<Earned>> {
  const { runtime } = deps;
  if (begun.kind === "approved") {
    const proven = await provenBy(deps, handle, begun);
    const granted = await rewardOf(begun.purpose).grant(proven);
    return { outcome: await approved(deps, proven, begun, granted), ending: "approved" };
  }
  if (begun.kind === "unknown") return { outcome: unknowable };
  if (begun.kind !== "ask") {
    const isWrong = begun.kind === "wrong_code" || "isJudged" in begun;
    return { outcome: begun, ...(isWrong && { ending: "failed" }) };
  }

  const { service, sid } = begun;
  if (begun.isHidden !== true) runtime.trace.about({ sid });
  const proven = await provenBy(deps, handle, begun);
  const about = { service, to: proven.to, confirmed: confirmedTransaction(proven.app) };
  const asked = { ...about, ...(sid !== undefined && { sid }) };
  const { result, trouble } = begun.isHidden
    ? await pretendToCheck()
    : await deps.verify.check(asked, code);
  const settlement = ledger.call("settleCheck", { ...named, result });
  const { attemptsRemaining } = begun;
  // For the last attempt the ledger's answer is awaited, because other attempts may be given back.
  if (trouble !== undefined || (result === "wrong" && attemptsRemaining > 0)) {
    runtime.background("store.failed", settlement);
    if (trouble !== undefined) return { outcome: trouble };
    return { outcome: { kind: "wrong_code", attemptsRemaining }, ending: "failed" };
  }
  const reward = rewardOf(begun.purpose);
  const earlyGrant = result === "approved" && reward.takeBack ? reward.grant(proven) : undefined;
  const [ending, granted] = await Promise.all([settlement, earlyGrant]);
  if (ending.kind === "approved" && result === "approved") {
    const earned = granted ?? (await reward.grant(proven));
    const price = approvalPrice(deps, handle.ledger.country);
    const outcome = await approved(deps, proven, ending, earned, price);
    return { outcome, ending: "approved", isCharged: true };
  }
  if (granted?.kind === "granted" && reward.takeBack)
    runtime.background("store.failed", reward.takeBack(granted.earned));
  const isWrong = result === "wrong" || result === "last_wrong";
  const outcome = ending.kind === "unknown" || ending.kind === "approved" ? unknowable : ending;
  return { outcome, ...(isWrong && { ending: "failed" }) };
}

/** Refuses each code, because no code was sent to the number. Twilio is not called. */
async function pretendToCheck(): Promise<{ result: "wrong"; trouble: undefined }> {
  await pretendPause();
  return { result: "wrong", trouble: undefined };
}

async function provenBy(
  deps: VerificationDeps,
  handle: VerificationHandle,
  sealed: Sealed & Pick<Proven, "channel" | "purpose" | "testUntilMs">,
): Promise<Proven> {
  const { channel, purpose, testUntilMs } = sealed;
  const opened = await openSealed(deps, sealed, handle.nonce);
  deps.runtime.trace.about({ to: maskPhoneNumber(opened.to) });
  return { ...opened, handle, channel, purpose, testUntilMs };
}

async function approved<Earned>(
  deps: VerificationDeps,
  { handle, channel, purpose, testUntilMs }: Proven,
  { given, messageSid }: Extract<CheckEnding, { kind: "approved" }>,
  granted: Granted<Earned>,
  price?: number,
): Promise<CheckOutcome<Earned>> {
  const { config, runtime } = deps;
  if (messageSid !== undefined) runtime.trace.about({ sid: messageSid });
  const test = testUntilMs === undefined ? undefined : true;
  runtime.log("verification.approved", { channel, purpose, price, test });
  if (messageSid !== undefined && deps.message !== undefined)
    runtime.background("provider.error", deps.message.confirm(messageSid));
  // The code is used up even if the reward failed.
  if (granted.kind !== "granted") return granted;
  const { ledger } = handle;
  const deviceToken = await makeDeviceToken(ledger, given, runtime.now(), config.peppers);
  return { kind: "approved", earned: granted.earned, deviceToken };
}

/** Returns `VERIFY_PRICE` in the currency of `BUDGET_MONEY`, or undefined if it is not set. */
function approvalPrice({ config }: VerificationDeps, country: string): number | undefined {
  const { money } = config.guard;
  return money?.verifyMicroPrices && microPriceOfApproval(money, country) / 1e6;
}

/** The outcome if the answer to a judgement was lost. */
const unknowable = {
  kind: "provider_unavailable",
  retryAfterSeconds: troubleRetrySeconds,
} as const satisfies Trouble;

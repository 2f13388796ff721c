import type { Config } from "../config.ts";
import { isSentBy, type Channel } from "../contract/channels.ts";
import type { Purpose } from "../contract/words.ts";
import type { Runtime } from "../runtime.ts";
import { maskPhoneNumber } from "../phone/number.ts";
import type { ConfirmedTransaction } from "../handles/app-claims.ts";
import { protectCode, revealCode } from "./code-digest.ts";
import { randomCode } from "./code.ts";
import { troubleRetrySeconds, type SendEnding } from "./engine.ts";
import type { ProtectedCode } from "../ledger/code-state.ts";
import { composeMessage } from "./message.ts";
import type { OwnMessage } from "./own-message.ts";
import { countSegments } from "./sms-segments.ts";
import type { TwilioVerify } from "./twilio-verify.ts";
import type { SentCode } from "../ledger/resend.ts";
import type { CodePlan } from "../ledger/start.ts";
import { verificationLifetimeMs } from "../twilio/verify.ts";
import type { Deadline } from "../twilio/deadline.ts";
import { sealCallback, type VerificationHandle } from "../handles/verification-id.ts";

const cannotSend: SendEnding = {
  kind: "refused",
  trouble: { kind: "provider_unavailable", retryAfterSeconds: troubleRetrySeconds },
  mayFallBack: false,
};

/** One send that the ledger has reserved. */
export interface OutgoingCode {
  readonly handle: VerificationHandle;
  readonly to: string;
  readonly channel: Channel;
  readonly locale: string | undefined;
  /** The number of the send within its verification, from 1. */
  readonly sendNumber: number;
  readonly expiresAtMs: number;
  readonly code: SentCode;
  readonly confirmed: ConfirmedTransaction | undefined;
  /** Limits all calls to Twilio of the request. */
  readonly deadline: Deadline;
}

export interface Dispatched {
  readonly ending: SendEnding;
  /** Set if engine `messaging` took over: the code that it sent, and when that code expires. */
  readonly fallback?: { readonly code: ProtectedCode; readonly expiresAtMs: number };
}

/** Sends codes through the configured engine, and falls back to the other one where allowed. */
export class Dispatch {
  readonly #config: Config;
  readonly #runtime: Pick<Runtime, "now" | "log" | "trace">;
  readonly #verify: TwilioVerify;
  readonly #message: OwnMessage | undefined;
  /** The Worker's public origin. Twilio reports the delivery of messages there. */
  readonly #origin: string;

  constructor(
    config: Config,
    runtime: Pick<Runtime, "now" | "log" | "trace">,
    engines: { verify: TwilioVerify; message: OwnMessage | undefined },
    origin: string,
  ) {
    this.#config = config;
    this.#runtime = runtime;
    this.#verify = engines.verify;
    this.#message = engines.message;
    this.#origin = origin;
  }

  /** The channels that the settings allow. */
  get channels(): readonly Channel[] {
    return this.#config.channels;
  }

  /** Returns how the code of a new verification is made. `binding` is the transaction's hash. */
  async plan(
    nonce: string,
    { purpose, binding }: { purpose: Purpose; binding: string | undefined },
  ): Promise<CodePlan> {
    const { engine } = this.#config;
    if (engine.name === "verify") {
      const service = engine.services.get(purpose);
      if (service === undefined) throw new Error("an enabled purpose without its Verify service");
      const bound = binding === undefined ? {} : { binding };
      return { engine: "verify", service, lifetimeMs: verificationLifetimeMs, ...bound };
    }
    const code = await this.#newCode(nonce, engine.ownCode.length);
    return {
      engine: "messaging",
      protected: code,
      lifetimeMs: engine.ownCode.lifetimeSeconds * 1000,
    };
  }

  /** Returns how many SMS segments a message is billed as. A message of Twilio Verify counts as one. */
  countBilledSegments({ locale, confirmed }: Pick<OutgoingCode, "locale" | "confirmed">): number {
    const { engine } = this.#config;
    if (engine.name === "verify") return 1;
    const { message, length, lifetimeSeconds } = engine.ownCode;
    const code = "0".repeat(length);
    const content = { code, secondsLeft: lifetimeSeconds, locale, confirmed };
    return countSegments(composeMessage(message, content));
  }

  /** Sends the code, and says how that ended. */
  async send(outgoing: OutgoingCode): Promise<Dispatched> {
    const { code, to, channel, locale, confirmed, deadline } = outgoing;
    if ("protected" in code) return { ending: await this.#sendOwn(outgoing, code.protected) };
    const { expiresAtMs: endMs } = outgoing;
    const message = { ...code, to, channel, locale, confirmed, expiresAtMs: endMs, deadline };
    const ending = await this.#verify.send(message);
    const { engine } = this.#config;
    // Only if Twilio certainly sent nothing. After a lost answer the user might get two codes.
    const mayFallBack =
      ending.kind === "refused" && ending.mayFallBack && isSentBy("messaging", channel);
    if (!mayFallBack || engine.name !== "verify" || engine.fallback === undefined)
      return { ending };
    this.#runtime.log("verification.fallback", { level: "warning" });
    const own = await this.#newCode(outgoing.handle.nonce, engine.fallback.length);
    const ownEndMs = this.#runtime.now() + engine.fallback.lifetimeSeconds * 1000;
    // With both engines a resend does not extend the lifetime of a code.
    const isFirst = outgoing.sendNumber === 1;
    const expiresAtMs = isFirst ? ownEndMs : Math.min(ownEndMs, outgoing.expiresAtMs);
    const fallbackEnding = await this.#sendOwn({ ...outgoing, expiresAtMs }, own);
    return { ending: fallbackEnding, fallback: { code: own, expiresAtMs } };
  }

  #newCode(nonce: string, length: number): Promise<ProtectedCode> {
    return protectCode(randomCode(length), nonce, this.#config.peppers);
  }

  async #sendOwn(outgoing: OutgoingCode, own: ProtectedCode): Promise<SendEnding> {
    const { handle, to, sendNumber, expiresAtMs, locale, confirmed, deadline } = outgoing;
    const { peppers } = this.#config;
    const code = await revealCode(own, handle.nonce, peppers);
    // The settings have changed since the start: the sender or the code's pepper was removed.
    if (this.#message === undefined || code === undefined) return cannotSend;
    const { requestId } = this.#runtime.trace;
    const sent = { handle, send: sendNumber, requestId, maskedTo: maskPhoneNumber(to) };
    const ref = await sealCallback(sent, peppers);
    const statusCallback = `${this.#origin}/v1/webhooks/twilio/messages?ref=${ref}`;
    const secondsLeft = (expiresAtMs - this.#runtime.now()) / 1000;
    return this.#message.send({
      to,
      statusCallback,
      content: { code, secondsLeft, locale, confirmed },
      deadline,
    });
  }
}

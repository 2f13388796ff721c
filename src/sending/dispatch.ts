import type { Config } from "../config.ts";
import { isSentBy, type Channel } from "../contract/channels.ts";
import type { Purpose } from "../contract/words.ts";
import type { Runtime } from "../runtime.ts";
import { maskPhoneNumber } from "../phone/number.ts";
import type { Confirmed } from "../handles/app-claims.ts";
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

/** One reserved send, ready to leave. */
export interface Parcel {
  readonly handle: VerificationHandle;
  readonly to: string;
  readonly channel: Channel;
  readonly locale: string | undefined;
  /** Which send of the verification it is, counted from 1. */
  readonly sendNumber: number;
  readonly expiresAtMs: number;
  readonly code: SentCode;
  /** What the message shows of the transaction that it is to confirm. */
  readonly confirmed: Confirmed | undefined;
  /** Over all calls of the conversation. */
  readonly deadline: Deadline;
}

export interface Dispatched {
  readonly ending: SendEnding;
  /** Set when engine `messaging` took over, with the code that it carried and its end. */
  readonly fallback?: { readonly code: ProtectedCode; readonly expiresAtMs: number };
}

/** Hands a parcel to the engine that its code belongs to. */
export class Dispatch {
  readonly #config: Config;
  readonly #runtime: Pick<Runtime, "now" | "log" | "trace">;
  readonly #verify: TwilioVerify;
  readonly #message: OwnMessage | undefined;
  /** The Worker's public origin: where Twilio reports what became of a message. */
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

  /** The ways to send a code that are open. */
  get channels(): readonly Channel[] {
    return this.#config.channels;
  }

  /** How the code of a new verification will be made. `binding` is the transaction's hash. */
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

  /** How many texts a message is billed as that says this. Those of Twilio Verify count as one. */
  textsOf({ locale, confirmed }: Pick<Parcel, "locale" | "confirmed">): number {
    const { engine } = this.#config;
    if (engine.name === "verify") return 1;
    const { message, length, lifetimeSeconds } = engine.ownCode;
    const code = "0".repeat(length);
    const content = { code, secondsLeft: lifetimeSeconds, locale, confirmed };
    return countSegments(composeMessage(message, content));
  }

  async send(parcel: Parcel): Promise<Dispatched> {
    const { code, to, channel, locale, confirmed, deadline } = parcel;
    if ("protected" in code) return { ending: await this.#sendOwn(parcel, code.protected) };
    const { expiresAtMs: endMs } = parcel;
    const message = { ...code, to, channel, locale, confirmed, expiresAtMs: endMs, deadline };
    const ending = await this.#verify.send(message);
    const { engine } = this.#config;
    // Only when Twilio did nothing for sure: after a lost answer it might be sent twice.
    const mayFallBack =
      ending.kind === "refused" && ending.mayFallBack && isSentBy("messaging", channel);
    if (!mayFallBack || engine.name !== "verify" || engine.fallback === undefined)
      return { ending };
    this.#runtime.log("verification.fallback", { level: "warning" });
    const own = await this.#newCode(parcel.handle.nonce, engine.fallback.length);
    const ownEndMs = this.#runtime.now() + engine.fallback.lifetimeSeconds * 1000;
    // A resend does not extend a code's life, with either engine.
    const expiresAtMs = parcel.sendNumber === 1 ? ownEndMs : Math.min(ownEndMs, parcel.expiresAtMs);
    const carried = await this.#sendOwn({ ...parcel, expiresAtMs }, own);
    return { ending: carried, fallback: { code: own, expiresAtMs } };
  }

  #newCode(nonce: string, length: number): Promise<ProtectedCode> {
    return protectCode(randomCode(length), nonce, this.#config.peppers);
  }

  async #sendOwn(parcel: Parcel, own: ProtectedCode): Promise<SendEnding> {
    const { handle, to, sendNumber, expiresAtMs, locale, confirmed, deadline } = parcel;
    const { peppers } = this.#config;
    const code = await revealCode(own, handle.nonce, peppers);
    // Made under another configuration: a sender or a pepper that is gone since.
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

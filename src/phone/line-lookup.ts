import { assessLine, type LineOutcome } from "../guard/line-risk.ts";
import type { CaptchaState } from "../guard/rule-mode.ts";
import type { GuardConfig } from "../config/guard.ts";
import type { Channel } from "../contract/channels.ts";
import type { Runtime } from "../runtime.ts";
import type { TwilioClient } from "../twilio/client.ts";
import type { Deadline } from "../twilio/deadline.ts";
import { lookupRequest, readLookup, type Line } from "../twilio/lookup.ts";

/** What a line says of itself, once it is known. */
export type LineAnswer =
  | { readonly kind: "line"; readonly line: Line; readonly isNew: boolean }
  | { readonly kind: "invalid_number" }
  /** Off, or Twilio did not say: nothing is held against the number. */
  | { readonly kind: "unknown" };

/** Twilio Lookup, where it is switched on: asked once for a number that was never seen before. */
export class LineLookup {
  readonly #twilio: TwilioClient;
  readonly #config: Pick<GuardConfig, "lookup" | "rules">;
  readonly #runtime: Pick<Runtime, "log">;

  constructor(
    twilio: TwilioClient,
    config: Pick<GuardConfig, "lookup" | "rules">,
    runtime: Pick<Runtime, "log">,
  ) {
    this.#twilio = twilio;
    this.#config = config;
    this.#runtime = runtime;
  }

  /** `known` is what the ledger remembers. A Lookup that fails lets pass: Twilio may be half down. */
  async find(e164: string, known: Line | undefined, deadline: Deadline): Promise<LineAnswer> {
    if (this.#config.lookup === undefined) return { kind: "unknown" };
    if (known !== undefined) return { kind: "line", line: known, isNew: false };
    const outcome = readLookup(await this.#twilio.ask(lookupRequest(e164), deadline), e164);
    if (outcome.kind === "line") return { ...outcome, isNew: true };
    if (outcome.kind === "invalid_number") return outcome;
    this.#runtime.log("lookup.failed", { level: "warning", reason: outcome.kind });
    return { kind: "unknown" };
  }

  judge(line: Line, send: { channel: Channel; captcha: CaptchaState }): LineOutcome {
    const { voip, pumping } = this.#config.rules;
    const pumpingScore = this.#config.lookup?.pumpingScore ?? 100;
    return assessLine(line, send, { voip, pumping, pumpingScore });
  }
}

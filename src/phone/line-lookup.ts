import { assessLine, type LineOutcome } from "../guard/line-risk.ts";
import type { CaptchaState } from "../guard/rule-mode.ts";
import type { GuardConfig } from "../config/guard.ts";
import type { Channel } from "../contract/channels.ts";
import type { Runtime } from "../runtime.ts";
import type { TwilioClient } from "../twilio/client.ts";
import type { Deadline } from "../twilio/deadline.ts";
import { lookupRequest, readLookup, type PhoneLine } from "../twilio/lookup.ts";

/** What Twilio Lookup says about a number's line. */
export type LineAnswer =
  | { readonly kind: "line"; readonly line: PhoneLine; readonly isNew: boolean }
  | { readonly kind: "invalid_number" }
  /** Lookup is off, or Twilio gave no answer. The number is then treated as harmless. */
  | { readonly kind: "unknown" };

/** Asks Twilio Lookup, if it is switched on, once for each number. */
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

  /**
   * Returns the number's line. A failing Lookup fails open, since the rest of Twilio may still work.
   *
   * @param known the line that the ledger has stored, if any. Twilio is not asked then.
   */
  async find(e164: string, known: PhoneLine | undefined, deadline: Deadline): Promise<LineAnswer> {
    if (this.#config.lookup === undefined) return { kind: "unknown" };
    if (known !== undefined) return { kind: "line", line: known, isNew: false };
    const outcome = readLookup(
      await this.#twilio.callIdempotent(lookupRequest(e164), deadline),
      e164,
    );
    if (outcome.kind === "line") return { ...outcome, isNew: true };
    if (outcome.kind === "invalid_number") return outcome;
    this.#runtime.log("lookup.failed", { level: "warning", reason: outcome.kind });
    return { kind: "unknown" };
  }

  /** Returns whether this send may go to this line. */
  judge(line: PhoneLine, send: { channel: Channel; captcha: CaptchaState }): LineOutcome {
    const { voip, pumping } = this.#config.rules;
    const pumpingScore = this.#config.lookup?.pumpingScore ?? 100;
    return assessLine(line, send, { voip, pumping, pumpingScore });
  }
}

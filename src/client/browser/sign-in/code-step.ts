import type { Channel } from "../../wire.ts";
import { channelTexts } from "./channel-texts.ts";
import { CodeField } from "./code-field.ts";
import { element, isUsable, linkButton, markLanguage, setUsable } from "./dom.ts";
import { fill, type Phrase } from "./phrase.ts";
import { formatNumber, StepFrame } from "./step.ts";
import type { Words } from "./words.ts";

/**
 * The Worker's longest cooldown. A longer wait is a rate limit: the text names it, without a
 * countdown.
 */
const longestWaitSeconds = 120;

export interface CodeStepOptions {
  readonly words: Words;
  readonly codeLength: number | undefined;
  /** The channels that the user can choose for a resend. */
  readonly channels: readonly Channel[];
  /** False for a step-up and a proof: the user cannot change their number here. */
  readonly canChangeNumber: boolean;
  /**
   * Whether the user can start a new verification after this one has ended. False if a backend
   * starts it.
   */
  readonly canStartAgain: boolean;
  onCode(code: string): void;
  onShortCode(): void;
  onResend(channel: Channel): void;
  onNewCode(): void;
  onChangeNumber(): void;
  /** Called when a resend is allowed again. */
  onResendReady(): void;
}

/** The step that asks for the code. It offers a resend as soon as the Worker allows one. */
export class CodeStep {
  readonly root: HTMLElement;
  readonly frame: StepFrame;
  readonly field: CodeField;
  readonly #options: CodeStepOptions;
  readonly #intro = element("p", { id: "intro", class: "intro", part: "intro" });
  readonly #again: readonly HTMLButtonElement[];
  readonly #countdown = element("span", { class: "countdown", "aria-hidden": "true" });
  readonly #resend: HTMLElement;
  /** Milliseconds on the clock of `performance.now()`. */
  #resendAt = 0;
  #timer: ReturnType<typeof setInterval> | undefined;
  #ended = false;

  constructor(options: CodeStepOptions) {
    const { words } = options;
    this.#options = options;
    this.field = new CodeField(options.codeLength, () => this.#submit());
    const hints = options.codeLength === undefined ? ["intro"] : ["intro", "hint"];
    this.frame = new StepFrame({
      label: words.of("check"),
      described: this.field.input,
      describedBy: hints,
      onSubmit: () => (this.#ended ? options.onNewCode() : this.#submit()),
    });
    this.#again = options.channels.map((channel) =>
      linkButton(words.of(channelTexts[channel].button), () => {
        if (isUsable(this.frame.button)) options.onResend(channel);
      }),
    );
    this.#resend = element(
      "div",
      { class: "again", part: "resend" },
      element("p", {}, words.of("nothingCame"), " ", this.#countdown),
      element("div", { class: "links" }, ...this.#again),
    );
    this.frame.form.append(
      element("label", { for: "code", class: "unseen" }, words.of("code")),
      this.field.root,
      element("p", { id: "hint", class: "unseen" }, words.of("codeHint")),
      ...this.frame.messages,
      ...this.frame.actions,
    );
    const change = linkButton(words.of("change"), () => options.onChangeNumber());
    this.root = element(
      "div",
      { class: "step", part: "step" },
      element("slot", { name: "logo" }),
      element("h2", { id: "title", part: "title", tabindex: "-1" }, words.of("codeTitle")),
      this.#intro,
      ...(options.canChangeNumber ? [change] : []),
      this.frame.form,
      this.#resend,
    );
  }

  /** Shows where the code was sent, if that is known. Returns the text, for a screen reader. */
  setSent(to = "", channel: Channel = "sms"): Phrase {
    const phrase = this.#options.words.of(to === "" ? "sentBefore" : channelTexts[channel].sent);
    const number = formatNumber(to);
    const [before = "", after = ""] = phrase.text.split("{to}");
    // A number reads from left to right in every language.
    const bdi = element("bdi", { dir: "ltr", class: "to" }, number);
    this.#intro.replaceChildren(before, bdi, after);
    markLanguage(this.#intro, phrase);
    return fill(phrase, { to: number });
  }

  /**
   * Starts the countdown. It uses `performance.now()`, because the device's clock may be wrong or
   * may be changed.
   */
  set resendIn(seconds: number) {
    this.#resendAt = performance.now() + Math.min(seconds, longestWaitSeconds) * 1000;
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.#tick(), 1000);
    this.#tick();
  }

  /** Ends the step: every code would be refused now, so the main button asks for a new one. */
  end(message: Phrase): void {
    this.#ended = true;
    this.field.value = "";
    this.field.input.readOnly = true;
    this.setError(message);
    this.frame.label = this.#options.words.of("newCode");
    this.#resend.hidden = true;
    this.frame.button.hidden = !this.#options.canStartAgain;
    this.frame.button.focus();
  }

  setError(phrase: Phrase | undefined): void {
    this.field.setInvalid(phrase !== undefined);
    this.frame.setError(phrase);
  }

  focus(): void {
    this.field.input.focus();
  }

  dispose(): void {
    clearInterval(this.#timer);
    this.field.dispose();
  }

  #submit(): void {
    if (this.#ended || !isUsable(this.frame.button)) return;
    if (this.field.isComplete) this.#options.onCode(this.field.value);
    else this.#options.onShortCode();
  }

  #tick(): void {
    const seconds = Math.ceil((this.#resendAt - performance.now()) / 1000);
    const ready = seconds <= 0;
    const wasWaiting = this.#countdown.textContent !== "";
    const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    this.#countdown.textContent = ready ? "" : clock;
    for (const button of this.#again) setUsable(button, ready);
    if (!ready) return;
    clearInterval(this.#timer);
    if (wasWaiting) this.#options.onResendReady();
  }
}

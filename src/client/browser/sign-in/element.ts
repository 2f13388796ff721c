import { createPhonegate, PhonegateError, type Phonegate } from "../../index.ts";
import { randomKey } from "../../random-key.ts";
import type { Session } from "../../session-keeper.ts";
import type { Channel, FrontendConfig, StartedVerification } from "../../wire.ts";
import { CodeStep } from "./code-step.ts";
import { DoneStep } from "./done-step.ts";
import { element } from "./dom.ts";
import { NumberStep } from "./number-step.ts";
import { explain } from "./problem-text.ts";
import styles from "./sign-in.css";
import { checkOwnTexts, directionOf, fill, textsFor, type Texts } from "./texts.ts";
import { codeFromText } from "./web-otp.ts";

/** When an answer takes longer, the person is told that something still happens. */
const slowMs = 4000;
/** The Worker's longest cooldown; a device's clock that is wrong must not lengthen it. */
const mostCooldownMs = 120_000;

export type Step = "number" | "code" | "done";

/**
 * `<phonegate-sign-in>`: asks for a number, then for the code, then says so. Fires
 * `phonegate:session` (detail: the `Session`), `phonegate:error` (detail: the error) and
 * `phonegate:step` (detail: the step's name); all bubble out of shadow trees.
 */
export class PhonegateSignIn extends HTMLElement {
  /** Where the module came from serves the API too, unless `base-url` says otherwise. */
  static defaultBaseUrl: string | undefined;

  /** What the app's captcha has answered; good for one start. */
  captchaToken: string | undefined;

  readonly #root = this.attachShadow({ mode: "open" });
  readonly #stage = element("div", { class: "card", part: "card" });
  readonly #polite = element("p", { class: "unseen", role: "status" });
  readonly #assertive = element("p", { class: "unseen", role: "alert" });
  #client: Phonegate | undefined;
  #ownTexts: Partial<Texts> = {};
  #config: FrontendConfig | undefined;
  #session: Session | undefined;
  #step: Step = "number";
  #numberStep: NumberStep | undefined;
  #codeStep: CodeStep | undefined;
  #verification: StartedVerification | undefined;
  /** Repeated when its answer was lost, so that nothing is sent twice. */
  #lastStart: { readonly what: string; readonly key: string } | undefined;
  #work: AbortController | undefined;
  #webOtp: AbortController | undefined;
  #connection: AbortController | undefined;

  constructor() {
    super();
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(styles);
    this.#root.adoptedStyleSheets = [sheet];
    this.#root.append(this.#stage, this.#polite, this.#assertive);
  }

  connectedCallback(): void {
    const connection = new AbortController();
    this.#connection = connection;
    const { signal } = connection;
    window.addEventListener("online", () => void this.#whenOnline(), { signal });
    const stop = this.client.onSession((session, reason) => {
      this.#session = session;
      if (session === undefined && this.#step === "done" && !this.#isStepUp) {
        this.reset();
        if (reason === "lost") this.showSessionLost();
      }
    });
    signal.addEventListener("abort", stop);
    this.#showNumber();
    void this.#loadConfig();
  }

  disconnectedCallback(): void {
    this.#connection?.abort();
    this.#stopWork();
    this.#leaveCode();
  }

  /** The client that this element works with: set your own before the element is connected. */
  get client(): Phonegate {
    this.#client ??= createPhonegate({
      baseUrl: this.getAttribute("base-url") ?? PhonegateSignIn.defaultBaseUrl ?? "",
      transport: this.getAttribute("transport") === "cookie" ? "cookie" : "store",
      ...(this.getAttribute("store") === "local" && { store: localStorage }),
      ...(this.getAttribute("store") === "session" && { store: sessionStorage }),
    });
    return this.#client;
  }

  set client(client: Phonegate) {
    this.#client = client;
  }

  /** Some or all of the texts, instead of the built-in ones. Throws on one that nobody shows. */
  set texts(own: Partial<Texts>) {
    checkOwnTexts(own);
    this.#ownTexts = own;
    if (this.isConnected && this.#step === "number") this.#showNumber();
  }

  get texts(): Texts {
    return textsFor(this.#language, this.#ownTexts);
  }

  get session(): Session | undefined {
    return this.#session;
  }

  get step(): Step {
    return this.#step;
  }

  /** From the start, with nothing filled in. */
  reset(): void {
    this.#stopWork();
    this.#leaveCode();
    this.#showNumber();
  }

  /** Moves the focus to what is to be filled in. */
  override focus(): void {
    (this.#codeStep ?? this.#numberStep)?.focus();
  }

  /** Says why the person has to sign in again. */
  showSessionLost(): void {
    this.#numberStep?.setError(this.texts.sessionLost);
    this.#alert(this.texts.sessionLost);
  }

  get #isStepUp(): boolean {
    return this.getAttribute("purpose") === "step_up";
  }

  get #language(): string {
    const near = this.closest("[lang]")?.getAttribute("lang");
    const tag = near || document.documentElement.lang || navigator.language;
    try {
      return Intl.getCanonicalLocales(tag)[0] ?? "en";
    } catch {
      return "en";
    }
  }

  /** Ways to send: the Worker's, of those that the page wants. WhatsApp needs a sender at Twilio. */
  get #channels(): Channel[] {
    const wanted = (this.getAttribute("channels") ?? "sms call").split(/\s+/);
    return (this.#config?.channels ?? ["sms"]).filter((channel) => wanted.includes(channel));
  }

  async #loadConfig(): Promise<void> {
    if (this.#config !== undefined) return;
    try {
      this.#config = await this.client.config({ signal: this.#connection?.signal });
      this.#applyConfig();
    } catch (error) {
      if (!isAbort(error)) this.#refuse(error);
    }
  }

  #applyConfig(): void {
    if (this.#config === undefined || this.#numberStep === undefined) return;
    const { texts } = this;
    const preferred = this.getAttribute("country") ?? this.#config.country ?? regionOfBrowser();
    this.#numberStep.field.fillCountries(this.#config, preferred, this.#language);
    if (!this.#isStepUp)
      this.#numberStep.title = fill(texts.titleFor, { app: this.#config.app_name });
  }

  async #whenOnline(): Promise<void> {
    const step = this.#codeStep ?? this.#numberStep;
    step?.setError(undefined);
    this.#say(this.texts.online);
    await this.#loadConfig();
  }

  #showNumber(): void {
    const step = new NumberStep(this.texts, this.#isStepUp, (channel) => void this.#start(channel));
    this.#numberStep = step;
    this.#enter("number", step.root);
    this.#applyConfig();
  }

  async #start(channel?: Channel): Promise<void> {
    const step = this.#numberStep;
    if (step === undefined) return;
    const { texts } = this;
    const { to, country, isInternational } = step.field;
    if (!this.#isStepUp) {
      if (to === "") return this.#refuseNumber(step, texts.noNumber);
      if (country === undefined && !isInternational && this.#config !== undefined)
        return this.#refuseNumber(step, texts.noCountry, step.field.select);
    }
    step.setError(undefined);
    await this.#run(step, async (signal) => {
      this.#showCode(await this.#send({ to, country, channel }, signal));
    });
  }

  async #send(
    {
      to,
      country,
      channel,
    }: { to: string; country?: string | undefined; channel?: Channel | undefined },
    signal: AbortSignal,
  ): Promise<StartedVerification> {
    const more = { channel, locale: messageLocale(this.#language) };
    const first = { to, country, captcha_token: this.captchaToken };
    const what = JSON.stringify([more, first]);
    const key = this.#lastStart?.what === what ? this.#lastStart.key : randomKey();
    this.#lastStart = { what, key };
    const options = { signal, idempotencyKey: key };
    try {
      const started = await (this.#isStepUp
        ? this.client.startStepUp(more, options)
        : this.client.start({ ...more, ...first }, options));
      this.#lastStart = undefined;
      return started;
    } catch (error) {
      // Only where nobody knows what became of it is the same request worth repeating.
      const isUnknown = error instanceof PhonegateError && error.status === 0;
      if (!isUnknown) this.#lastStart = undefined;
      throw error;
    } finally {
      this.captchaToken = undefined;
    }
  }

  #showCode(verification: StartedVerification): void {
    this.#leaveCode();
    const { texts } = this;
    this.#verification = verification;
    const step = new CodeStep({
      texts,
      codeLength: this.#codeLength,
      channels: this.#channels,
      canChangeNumber: !this.#isStepUp,
      onCode: (code) => void this.#check(code),
      onShortCode: () => this.#refuseCode(texts.shortCode),
      onResend: (channel) => void this.#resend(channel),
      onNewCode: () => void this.#startAgain(),
      onChangeNumber: () => this.#changeNumber(),
      onResendReady: () => this.#say(texts.againReady),
    });
    this.#codeStep = step;
    const said = step.setSent(verification.to, verification.channel);
    step.resendAt = resendTime(verification);
    this.#enter("code", step.root);
    step.focus();
    this.#say(said);
    void this.#readText(step);
  }

  get #codeLength(): number | undefined {
    const own = Number(this.getAttribute("code-length"));
    return own >= 4 && own <= 10 ? own : this.#config?.code_length;
  }

  async #readText(step: CodeStep): Promise<void> {
    this.#webOtp?.abort();
    const reading = new AbortController();
    this.#webOtp = reading;
    const code = await codeFromText(reading.signal);
    if (code === undefined || reading.signal.aborted) return;
    step.field.value = code;
    void this.#check(code);
  }

  async #check(code: string): Promise<void> {
    const [step, verification] = [this.#codeStep, this.#verification];
    if (step === undefined || verification === undefined) return;
    this.#webOtp?.abort();
    step.setError(undefined);
    await this.#run(step, async (signal) => {
      const { client } = this;
      const session = await (this.#isStepUp
        ? client.checkStepUp(verification.id, code, { signal })
        : client.check(verification.id, code, { signal }));
      this.#session = session;
      this.#showDone();
      this.#fire("phonegate:session", session);
    });
  }

  async #resend(channel: Channel): Promise<void> {
    const [step, verification] = [this.#codeStep, this.#verification];
    if (step === undefined || verification === undefined) return;
    this.#webOtp?.abort();
    step.setError(undefined);
    await this.#run(step, async (signal) => {
      const sent = await this.client.resend(verification.id, { channel }, { signal });
      // The answer to a resend has the number masked; the person knows it from before.
      this.#verification = { ...sent, to: verification.to };
      this.#say(step.setSent(verification.to, sent.channel));
      step.resendAt = resendTime(sent);
      void this.#readText(step);
    });
  }

  /** After a verification's end: the number is known, so the person need not type it again. */
  async #startAgain(): Promise<void> {
    const [step, verification] = [this.#codeStep, this.#verification];
    if (step === undefined || verification === undefined) return;
    await this.#run(step, async (signal) => {
      // With Twilio Verify the number is otherwise refused until the code's end.
      await this.client.cancel(verification.id, { signal }).catch((error: unknown) => {
        if (isAbort(error)) throw error;
      });
      this.#showCode(await this.#send({ to: verification.to }, signal));
    });
  }

  #changeNumber(): void {
    this.#stopWork();
    const { id } = this.#verification ?? {};
    // In the background: whatever becomes of it, the person goes on.
    if (id !== undefined) this.client.cancel(id).catch(() => undefined);
    this.#leaveCode();
    const before = this.#numberStep;
    if (before === undefined) return;
    this.#enter("number", before.root);
    before.frame.setBusy(false);
    before.field.input.focus();
    before.field.input.select();
  }

  #showDone(): void {
    this.#leaveCode();
    const { texts } = this;
    const title = this.#isStepUp ? texts.stepUpDoneTitle : texts.doneTitle;
    const step = new DoneStep(title);
    this.#numberStep = undefined;
    this.#enter("done", step.root);
    step.focus();
    this.#say(title);
  }

  #leaveCode(): void {
    this.#webOtp?.abort();
    this.#codeStep?.dispose();
    this.#codeStep = undefined;
    this.#verification = undefined;
  }

  #enter(name: Step, root: HTMLElement): void {
    this.#stage.replaceChildren(root);
    this.#stage.dir = directionOf(this.#language);
    this.#stage.lang = this.#language;
    this.#polite.textContent = "";
    this.#assertive.textContent = "";
    this.#step = name;
    this.#fire("phonegate:step", name);
  }

  /** One thing at a time: busy while it lasts, slow when it takes long, refused when it fails. */
  async #run(step: NumberStep | CodeStep, work: (signal: AbortSignal) => Promise<void>) {
    this.#stopWork();
    const running = new AbortController();
    this.#work = running;
    const { texts } = this;
    step.frame.setBusy(true);
    const timer = setTimeout(() => {
      step.frame.setHint(texts.slow);
      this.#say(texts.slow);
    }, slowMs);
    try {
      await work(running.signal);
    } catch (error) {
      if (!running.signal.aborted) this.#refuse(error);
    } finally {
      clearTimeout(timer);
      if (this.#work === running) step.frame.setBusy(false);
    }
  }

  #stopWork(): void {
    this.#work?.abort();
    this.#work = undefined;
  }

  #refuse(error: unknown): void {
    this.#fire("phonegate:error", error);
    const { text, about } = explain(error, this.texts, this.#language);
    const [numberStep, codeStep] = [this.#numberStep, this.#codeStep];
    if (codeStep === undefined) {
      if (numberStep === undefined) return;
      numberStep.setError(text, about === "number");
      if (about === "number") numberStep.focus();
      const others = this.#channels.filter((channel) => suggestedBy(error).includes(channel));
      if (others.length > 0) numberStep.offer(others);
    } else if (about === "ended") {
      codeStep.end(text);
    } else if (about === "code") {
      return this.#refuseCode(text);
    } else {
      codeStep.frame.setError(text);
      if (error instanceof PhonegateError && error.retryAfterSeconds !== undefined)
        codeStep.resendAt = Date.now() + Math.min(error.retryAfterSeconds * 1000, mostCooldownMs);
    }
    this.#alert(text);
  }

  #refuseNumber(step: NumberStep, text: string, field: HTMLElement = step.field.input): void {
    step.setError(text, true);
    field.focus();
    this.#alert(text);
  }

  /** What was typed stays and is selected: the next digit replaces it. */
  #refuseCode(text: string): void {
    this.#codeStep?.setError(text);
    this.#codeStep?.focus();
    this.#codeStep?.field.input.select();
    this.#alert(text);
  }

  #fire(name: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }

  #say(text: string): void {
    this.#polite.textContent = text;
  }

  #alert(text: string): void {
    this.#assertive.textContent = "";
    this.#assertive.textContent = text;
  }
}

function resendTime({ resend_at }: StartedVerification): number {
  const now = Date.now();
  return Math.min(Math.max(Date.parse(resend_at), now), now + mostCooldownMs);
}

function suggestedBy(error: unknown): readonly unknown[] {
  const channels = error instanceof PhonegateError ? error.members.suggested_channels : undefined;
  return Array.isArray(channels) ? channels : [];
}

const isAbort = (error: unknown): boolean =>
  error instanceof DOMException && error.name === "AbortError";

function regionOfBrowser(): string | undefined {
  return new Intl.Locale(navigator.language).maximize().region;
}

/** What the contract takes as a locale; a tag with extensions is cut down to its language. */
function messageLocale(tag: string): string | undefined {
  const { language, script, region } = new Intl.Locale(tag);
  return [language, script, region].filter((part) => part !== undefined).join("-");
}

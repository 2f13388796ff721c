import type { Phonegate, StartInput } from "../../phonegate.ts";
import type { Session } from "../../session-keeper.ts";
import type { Channel, FrontendConfig, StartedVerification } from "../../wire.ts";
import { CodeStep } from "./code-step.ts";
import { resendTime } from "./cooldown.ts";
import { DoneStep } from "./done-step.ts";
import { NumberStep } from "./number-step.ts";
import { refuseCode, refuseNumber, showRefusal } from "./refusal.ts";
import { Settings } from "./settings.ts";
import { Stage, type CodeShown, type Shown } from "./stage.ts";
import { StartSender } from "./start-sender.ts";
import { fill } from "./texts.ts";
import { codeFromText } from "./web-otp.ts";
import { Words } from "./words.ts";
import { Work } from "./work.ts";

/** What the flow needs of the element. */
export interface Host extends HTMLElement {
  readonly client: Phonegate;
  captchaToken: string | undefined;
}

/** From the number to the code to the end: each act of the person, and what is shown after it. */
export class Flow {
  readonly stage = new Stage();
  readonly settings: Settings;
  readonly words = new Words();
  session: Session | undefined;
  readonly #host: Host;
  readonly #work = new Work();
  readonly #starts = new StartSender();
  #config: FrontendConfig | undefined;
  /** Whose config that is. */
  #configured: Phonegate | undefined;
  #webOtp: AbortController | undefined;

  constructor(host: Host) {
    this.#host = host;
    this.settings = new Settings(host);
  }

  /** Until the signal aborts. */
  connect(signal: AbortSignal): void {
    window.addEventListener("online", () => void this.#whenOnline(signal), { signal });
    const { client } = this.#host;
    // No matter for the person, who goes on.
    const stopErrors = client.onError((error) => this.#fire("error", error));
    const stopSessions = client.onSession((session, reason) => {
      this.session = session;
      if (session === undefined && this.stage.shown?.name === "done" && !this.settings.isStepUp) {
        this.reset();
        if (reason === "lost") this.showSessionLost();
      }
    });
    signal.addEventListener("abort", () => {
      stopErrors();
      stopSessions();
      this.stop();
    });
    const loading = this.words.load(this.settings.language);
    if (loading === undefined) this.showNumber();
    else void loading.then(() => !signal.aborted && this.showNumber());
    void this.#loadConfig(signal);
  }

  stop(): void {
    this.#work.stop();
    this.#webOtp?.abort();
    this.stage.leave();
  }

  /** From the start, with nothing filled in. */
  reset(): void {
    this.stop();
    this.showNumber();
  }

  showNumber(): void {
    const { isStepUp } = this.settings;
    const view = new NumberStep(this.words.texts, isStepUp, (channel) => void this.#start(channel));
    this.#show({ name: "number", view });
    this.#applyConfig();
  }

  /** Says why the person has to sign in again. */
  showSessionLost(): void {
    const { sessionLost } = this.words.texts;
    this.stage.numberView?.setError(sessionLost);
    this.stage.alert(sessionLost);
  }

  async #loadConfig(signal: AbortSignal): Promise<void> {
    const { client } = this.#host;
    if (this.#configured === client) return;
    try {
      this.#config = await client.config({ signal });
      this.#configured = client;
      this.#applyConfig();
    } catch (error) {
      if (!isAbort(error)) this.#refuse(error);
    }
  }

  #applyConfig(): void {
    const { numberView } = this.stage;
    const config = this.#config;
    if (config === undefined || numberView === undefined) return;
    const { settings } = this;
    numberView.field.fillCountries(config, settings.country(config), settings.language);
    if (!settings.isStepUp)
      numberView.title = fill(this.words.texts.titleFor, { app: config.app_name });
  }

  async #whenOnline(signal: AbortSignal): Promise<void> {
    const { shown } = this.stage;
    if (shown?.name !== "done") shown?.view.setError(undefined);
    this.stage.say(this.words.texts.online);
    await this.#loadConfig(signal);
  }

  async #start(channel?: Channel): Promise<void> {
    const { stage, settings } = this;
    const view = stage.numberView;
    if (view === undefined) return;
    const { texts } = this.words;
    const { to, country, isInternational } = view.field;
    if (!settings.isStepUp) {
      if (to === "") return refuseNumber(stage, view, texts.noNumber);
      if (country === undefined && !isInternational && this.#config !== undefined)
        return refuseNumber(stage, view, texts.noCountry, view.field.select);
    }
    view.setError(undefined);
    await this.#run(view, async (signal) => {
      this.#showCode(await this.#send({ to, country, channel }, signal), view);
    });
  }

  async #send(input: StartInput, signal: AbortSignal): Promise<StartedVerification> {
    const host = this.#host;
    const { isStepUp, messageLocale: locale } = this.settings;
    const all = { ...input, locale, captcha_token: host.captchaToken };
    try {
      return await this.#starts.send(host.client, isStepUp, all, signal);
    } finally {
      host.captchaToken = undefined;
    }
  }

  #showCode(verification: StartedVerification, numberView: NumberStep): void {
    const { stage, settings } = this;
    const { texts } = this.words;
    const view = new CodeStep({
      texts,
      codeLength: settings.codeLength(this.#config),
      channels: settings.channels(this.#config),
      canChangeNumber: !settings.isStepUp,
      onCode: (code) => void this.#check(code),
      onShortCode: () => refuseCode(stage, view, texts.shortCode),
      onResend: (channel) => void this.#resend(channel),
      onNewCode: () => void this.#startAgain(),
      onChangeNumber: () => this.#changeNumber(),
      onResendReady: () => stage.say(texts.againReady),
    });
    const said = view.setSent(verification.to, verification.channel);
    view.resendAt = resendTime(verification);
    this.#show({ name: "code", view, verification, numberView });
    view.focus();
    stage.say(said);
    void this.#readText(view);
  }

  /** Types the code of the next text message, where the browser can read it. */
  async #readText(view: CodeStep): Promise<void> {
    this.#webOtp?.abort();
    const reading = new AbortController();
    this.#webOtp = reading;
    const code = await codeFromText(reading.signal);
    if (code === undefined || reading.signal.aborted) return;
    view.field.value = code;
    void this.#check(code);
  }

  #check(code: string): Promise<void> {
    return this.#onCode(async ({ view, verification }, signal) => {
      view.setError(undefined);
      const { client } = this.#host;
      const { texts } = this.words;
      const { isStepUp } = this.settings;
      this.session = await (isStepUp
        ? client.checkStepUp(verification.id, code, { signal })
        : client.check(verification.id, code, { signal }));
      this.#showDone(isStepUp ? texts.stepUpDoneTitle : texts.doneTitle);
      this.#fire("session", this.session);
    });
  }

  #resend(channel: Channel): Promise<void> {
    return this.#onCode(async (shown, signal) => {
      const { view, verification } = shown;
      view.setError(undefined);
      const sent = await this.#host.client.resend(verification.id, { channel }, { signal });
      // The answer to a resend has the number masked; the person knows it from before.
      this.stage.shown = { ...shown, verification: { ...sent, to: verification.to } };
      this.stage.say(view.setSent(verification.to, sent.channel));
      view.resendAt = resendTime(sent);
      void this.#readText(view);
    });
  }

  /** After a verification's end: the number is known, so the person need not type it again. */
  #startAgain(): Promise<void> {
    return this.#onCode(async ({ verification, numberView }, signal) => {
      // With Twilio Verify the number is otherwise refused until the code's end.
      await this.#host.client.cancel(verification.id, { signal }).catch((error: unknown) => {
        if (isAbort(error)) throw error;
      });
      this.#showCode(await this.#send({ to: verification.to }, signal), numberView);
    });
  }

  #changeNumber(): void {
    const { shown } = this.stage;
    if (shown?.name !== "code") return;
    this.stop();
    // In the background: whatever becomes of it, the person goes on.
    this.#host.client.cancel(shown.verification.id).catch(() => undefined);
    const view = shown.numberView;
    this.#show({ name: "number", view });
    view.frame.setBusy(false);
    view.field.input.focus();
    view.field.input.select();
  }

  #showDone(title: string): void {
    const view = new DoneStep(title);
    this.#show({ name: "done", view });
    view.focus();
    this.stage.say(title);
  }

  #show(next: Shown): void {
    this.#webOtp?.abort();
    this.stage.show(next, this.settings.language);
    this.#fire("step", next.name);
  }

  /** One act of the person on the code step. */
  async #onCode(act: (shown: CodeShown, signal: AbortSignal) => Promise<void>): Promise<void> {
    const { shown } = this.stage;
    if (shown?.name !== "code") return;
    this.#webOtp?.abort();
    await this.#run(shown.view, (signal) => act(shown, signal));
  }

  #run(view: NumberStep | CodeStep, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { slow } = this.words.texts;
    const onSlow = () => {
      view.frame.setHint(slow);
      this.stage.say(slow);
    };
    return this.#work.run(view.frame, work, onSlow, (error) => this.#refuse(error));
  }

  #refuse(error: unknown): void {
    this.#fire("error", error);
    const { language } = this.settings;
    const channels = this.settings.channels(this.#config);
    showRefusal(this.stage, error, this.words.texts, language, channels);
  }

  /** Under two names: not every framework can write a colon. */
  #fire(name: string, detail: unknown): void {
    for (const full of [`phonegate:${name}`, `phonegate-${name}`])
      this.#host.dispatchEvent(new CustomEvent(full, { detail, bubbles: true, composed: true }));
  }
}

const isAbort = (error: unknown): boolean =>
  error instanceof DOMException && error.name === "AbortError";

import type { Phonegate } from "../../phonegate.ts";
import type { Session } from "../../session-keeper.ts";
import type { Channel, FrontendConfig, StartedVerification } from "../../wire.ts";
import { CodeStep } from "./code-step.ts";
import { DoneStep } from "./done-step.ts";
import type { Host } from "./host.ts";
import { NumberStep } from "./number-step.ts";
import { refuseCode, refuseNumber, showRefusal } from "./refusal.ts";
import { Settings } from "./settings.ts";
import { Stage, type CodeShown, type Shown } from "./stage.ts";
import { StartSender } from "./start-sender.ts";
import { fill, type Phrase } from "./phrase.ts";
import { TextMessageReader } from "./web-otp.ts";
import { Words } from "./words.ts";
import { isAbort, Work } from "./work.ts";

/** From the number to the code to the end: each act of the person, and what is shown after it. */
export class Flow {
  readonly stage = new Stage();
  readonly settings: Settings;
  readonly words = new Words();
  session: Session | undefined;
  readonly #host: Host;
  readonly #work = new Work();
  readonly #starts: StartSender;
  readonly #textMessage = new TextMessageReader();
  #config: FrontendConfig | undefined;
  /** Whose config that is. */
  #configured: Phonegate | undefined;
  #isFocusWanted = false;

  constructor(host: Host) {
    this.#host = host;
    this.settings = new Settings(host);
    this.#starts = new StartSender(host, this.settings);
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
    const loading = this.#loadWords();
    if (loading === undefined) this.showNumber();
    else void loading.then(() => !signal.aborted && this.showNumber());
    void this.#loadConfig(signal);
  }

  /** Moves the focus to what is to be filled in, as soon as it is there. */
  focus(): void {
    const { shown } = this.stage;
    this.#isFocusWanted = shown === undefined;
    if (shown?.name !== "done") shown?.view.focus();
  }

  /** Takes the language of the page, which may have changed. */
  followLanguage(): void {
    if (this.stage.shown === undefined) return;
    const loading = this.#loadWords();
    if (loading === undefined) this.retext();
    else void loading.then(() => this.retext());
  }

  stop(): void {
    this.#work.stop();
    this.#textMessage.stop();
    this.stage.leave();
  }

  /** From the start, with nothing filled in. */
  reset(): void {
    this.stop();
    const loading = this.#loadWords();
    this.showNumber();
    void loading?.then(() => this.retext());
  }

  showNumber(): void {
    const view = this.#numberView();
    this.#show({ name: "number", view });
    if (this.#isFocusWanted) this.focus();
  }

  /** The number step in other words, with what was filled in. */
  retext(): void {
    const { shown } = this.stage;
    if (shown?.name !== "number") return;
    const view = this.#numberView();
    view.field.take(shown.view.field);
    this.stage.show({ name: "number", view }, this.words.language);
  }

  #numberView(): NumberStep {
    const { isStepUp } = this.settings;
    const view = new NumberStep(this.words, isStepUp, (channel) => void this.#start(channel));
    this.#applyConfig(view);
    return view;
  }

  /** Says why the person has to sign in again. */
  showSessionLost(): void {
    const sessionLost = this.words.of("sessionLost");
    this.stage.numberView?.setError(sessionLost);
    this.stage.alert(sessionLost);
  }

  #loadWords(): Promise<void> | undefined {
    return this.words.load(this.settings.language);
  }

  async #loadConfig(signal: AbortSignal): Promise<void> {
    const { client } = this.#host;
    if (this.#configured === client) return;
    try {
      this.#config = await client.config({ signal });
      this.#configured = client;
      this.#applyConfig(this.stage.numberView);
    } catch (error) {
      if (!isAbort(error)) this.#refuse(error);
    }
  }

  #applyConfig(view: NumberStep | undefined): void {
    const config = this.#config;
    if (config === undefined || view === undefined) return;
    const { settings } = this;
    view.field.fillCountries(config, settings.country(config));
    if (!settings.isStepUp) view.title = fill(this.words.of("titleFor"), { app: config.app_name });
  }

  async #whenOnline(signal: AbortSignal): Promise<void> {
    const { shown } = this.stage;
    if (shown?.name !== "done") shown?.view.setError(undefined);
    this.stage.say(this.words.of("online"));
    await this.#loadConfig(signal);
  }

  async #start(channel?: Channel): Promise<void> {
    const { stage, settings } = this;
    const view = stage.numberView;
    if (view === undefined) return;
    const { to, country, needsCountry } = view.field;
    if (!settings.isStepUp) {
      if (to === "") return refuseNumber(stage, view, this.words.of("noNumber"));
      if (country === undefined && needsCountry && this.#config !== undefined)
        return refuseNumber(stage, view, this.words.of("noCountry"), view.field.select);
    }
    view.setError(undefined);
    await this.#run(view, async (signal) => {
      const input = { to, country, channel: channel ?? this.#firstChannel };
      this.#showCode(await this.#starts.send(input, signal), view);
    });
  }

  /** Of the open channels the first that the page wants: the operator may have closed texts. */
  get #firstChannel(): Channel | undefined {
    return this.settings.channels(this.#config)[0];
  }

  #showCode(verification: StartedVerification, numberView: NumberStep): void {
    const { stage, settings, words } = this;
    const view = new CodeStep({
      words,
      codeLength: settings.codeLength(this.#config),
      channels: settings.channels(this.#config),
      canChangeNumber: !settings.isStepUp,
      onCode: (code) => void this.#check(code),
      onShortCode: () => refuseCode(stage, view, words.of("shortCode")),
      onResend: (channel) => void this.#resend(channel),
      onNewCode: () => void this.#startAgain(),
      onChangeNumber: () => this.#changeNumber(),
      onResendReady: () => stage.say(words.of("againReady")),
    });
    const said = view.setSent(verification.to, verification.channel);
    view.resendIn = verification.resend_in;
    this.#show({ name: "code", view, verification, numberView });
    view.focus();
    stage.say(said);
    this.#readText(view);
  }

  #readText(view: CodeStep): void {
    void this.#textMessage.read((code) => {
      view.field.value = code;
      void this.#check(code);
    });
  }

  #check(code: string): Promise<void> {
    return this.#onCode(async ({ view, verification }, signal) => {
      view.setError(undefined);
      const { client } = this.#host;
      const { isStepUp } = this.settings;
      this.session = await (isStepUp
        ? client.checkStepUp(verification.id, code, { signal })
        : client.check(verification.id, code, { signal }));
      this.#showDone(this.words.of(isStepUp ? "stepUpDoneTitle" : "doneTitle"));
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
      view.resendIn = sent.resend_in;
      this.#readText(view);
    });
  }

  /** After a verification's end: the number is known, so the person need not type it again. */
  #startAgain(): Promise<void> {
    return this.#onCode(async ({ verification, numberView }, signal) => {
      // With Twilio Verify the number is otherwise refused until the code's end.
      await this.#host.client.cancel(verification.id, { signal }).catch((error: unknown) => {
        if (isAbort(error)) throw error;
      });
      this.#showCode(
        await this.#starts.send({ to: verification.to, channel: this.#firstChannel }, signal),
        numberView,
      );
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

  #showDone(title: Phrase): void {
    const view = new DoneStep(title);
    this.#show({ name: "done", view });
    view.focus();
    this.stage.say(title);
  }

  #show(next: Shown): void {
    this.#textMessage.stop();
    this.stage.show(next, this.words.language);
    this.#fire("step", next.name);
  }

  /** One act of the person on the code step. */
  async #onCode(act: (shown: CodeShown, signal: AbortSignal) => Promise<void>): Promise<void> {
    const { shown } = this.stage;
    if (shown?.name !== "code") return;
    this.#textMessage.stop();
    await this.#run(shown.view, (signal) => act(shown, signal));
  }

  #run(view: NumberStep | CodeStep, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    // For the next step.
    void this.#loadWords();
    const slow = this.words.of("slow");
    const onSlow = () => {
      view.frame.setHint(slow);
      this.stage.say(slow);
    };
    return this.#work.run(view.frame, work, onSlow, (error) => this.#refuse(error));
  }

  #refuse(error: unknown): void {
    this.#fire("error", error);
    const channels = this.settings.channels(this.#config);
    showRefusal(this.stage, error, this.words, channels);
  }

  /** Under two names: not every framework can write a colon. */
  #fire(name: string, detail: unknown): void {
    for (const full of [`phonegate:${name}`, `phonegate-${name}`])
      this.#host.dispatchEvent(new CustomEvent(full, { detail, bubbles: true, composed: true }));
  }
}

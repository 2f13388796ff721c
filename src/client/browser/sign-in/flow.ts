import type { Session } from "../../session-keeper.ts";
import type { Channel, StartedVerification } from "../../wire.ts";
import { CodeStep } from "./code-step.ts";
import { DoneStep } from "./done-step.ts";
import { fire, type Host } from "./host.ts";
import { KnownConfig } from "./known-config.ts";
import { keptSession, pageReady } from "./kept-session.ts";
import type { NumberStep } from "./number-step.ts";
import { NumberViews } from "./number-views.ts";
import { refuseCode, showRefusal } from "./refusal.ts";
import { Settings } from "./settings.ts";
import { Stage, type CodeShown, type Shown } from "./stage.ts";
import { StartSender } from "./start-sender.ts";
import type { Phrase } from "./phrase.ts";
import { showWait } from "./wait.ts";
import { TextMessageReader } from "./web-otp.ts";
import { Words } from "./words.ts";
import { isAbort, Work } from "./work.ts";

/** The steps from number to code to the end: each act of the user, and what is shown after it. */
export class Flow {
  readonly stage = new Stage();
  readonly settings: Settings;
  readonly words = new Words();
  session: Session | undefined;
  readonly #host: Host;
  readonly #work = new Work();
  readonly #starts: StartSender;
  readonly #textMessage = new TextMessageReader();
  readonly #config = new KnownConfig();
  readonly #numberViews: NumberViews;
  #isFocusWanted = false;

  constructor(host: Host) {
    this.#host = host;
    this.settings = new Settings(host);
    this.#starts = new StartSender(host, this.settings, this.#config);
    this.#numberViews = new NumberViews(this, this.#config, (channel) => void this.#start(channel));
  }

  /** Starts the flow. It stops when the signal aborts. */
  connect(signal: AbortSignal): void {
    window.addEventListener("online", () => void this.#whenOnline(signal), { signal });
    const stopErrors = this.#host.client.onError((error) => fire(this.#host, "error", error));
    const stopSessions = this.#host.client.onSession((session, reason) => {
      this.session = session;
      if (!this.settings.isSignIn) return;
      const step = this.stage.shown?.name;
      if (session === undefined && step === "done") {
        this.reset();
        if (reason === "lost") this.showSessionLost();
      } else if (session !== undefined && reason === "refreshed" && step === "number") {
        void this.#restore(session, signal);
      }
    });
    signal.addEventListener("abort", () => {
      stopErrors();
      stopSessions();
      this.stop();
    });
    void this.#begin(signal);
  }

  async #begin(signal: AbortSignal): Promise<void> {
    const { client } = this.#host;
    const kept = this.settings.isSignIn ? await keptSession(client) : undefined;
    // The first step needs the code's length. `#loadConfig` below shows a failure.
    if (this.settings.verification !== undefined)
      await this.#config.load(client, signal).catch(() => undefined);
    await this.#loadWords();
    if (signal.aborted) return;
    if (kept === undefined) this.#showFirst();
    else void this.#restore(kept, signal);
    if (this.#isFocusWanted) this.focus();
    await this.#loadConfig(signal);
  }

  async #restore(session: Session, signal: AbortSignal): Promise<void> {
    this.session = session;
    this.#showDone(this.words.of("doneTitle"));
    await pageReady();
    if (!signal.aborted && this.session === session)
      fire(this.#host, "session", { ...session, restored: true });
  }

  /** Moves the focus to the field of the current step, as soon as there is one. */
  focus(): void {
    const { shown } = this.stage;
    this.#isFocusWanted = shown === undefined;
    if (shown?.name !== "done") shown?.view.focus();
  }

  /** Follows a change of the page's language. */
  followLanguage(): void {
    if (this.stage.shown !== undefined)
      void Promise.resolve(this.#loadWords()).then(() => this.retext());
  }

  stop(): void {
    this.#work.stop();
    this.#textMessage.stop();
    this.stage.leave();
  }

  /** Returns to the first step with empty fields. */
  reset(): void {
    this.stop();
    const loading = this.#loadWords();
    this.#showFirst();
    void loading?.then(() => this.retext());
  }

  #showFirst(): void {
    const { verification: id } = this.settings;
    if (id === undefined) return this.#show({ name: "number", view: this.#numberViews.make() });
    const view = this.#codeView(false, false);
    view.setSent();
    showWait(this.#host.client, id, view);
    this.#show({ name: "code", view, verification: { id }, numberView: undefined });
    this.#readText(view);
  }

  /** Builds the number step again with new texts, and keeps the user's input. */
  retext(): void {
    const { shown } = this.stage;
    if (shown?.name !== "number") return;
    const view = this.#numberViews.make(shown.view);
    this.stage.show({ name: "number", view }, this.words.language);
  }

  /** Tells the user that the session was lost, so that a new sign-in is needed. */
  showSessionLost(): void {
    const sessionLost = this.words.of("sessionLost");
    this.stage.numberView?.setError(sessionLost);
    this.stage.alert(sessionLost);
  }

  #loadWords(): Promise<void> | undefined {
    return this.words.load(this.settings.language);
  }

  async #loadConfig(signal: AbortSignal): Promise<void> {
    try {
      await this.#config.load(this.#host.client, signal);
      this.#numberViews.configure(this.stage.numberView);
    } catch (error) {
      if (!isAbort(error)) this.#refuse(error);
    }
  }

  async #whenOnline(signal: AbortSignal): Promise<void> {
    const { shown } = this.stage;
    if (shown?.name !== "done") shown?.view.setError(undefined);
    this.stage.status(this.words.of("online"));
    await this.#loadConfig(signal);
  }

  async #start(channel?: Channel): Promise<void> {
    const view = this.stage.numberView;
    if (view === undefined || !this.#numberViews.isReady(view)) return;
    const { to, country } = view.field;
    view.setError(undefined);
    await this.#run(view, async (signal) => {
      this.#showCode(await this.#starts.send({ to, country, channel }, signal), view);
    });
  }

  #codeView(canChangeNumber: boolean, canStartAgain: boolean): CodeStep {
    const { stage, settings, words } = this;
    const view: CodeStep = new CodeStep({
      words,
      codeLength: settings.codeLength(this.#config.value),
      channels: settings.channels(this.#config.value),
      canChangeNumber,
      canStartAgain,
      onCode: (code) => void this.#check(code),
      onShortCode: () => refuseCode(stage, view, words.of("shortCode")),
      onResend: (channel) => void this.#resend(channel),
      onNewCode: () => void this.#startAgain(),
      onChangeNumber: () => this.#changeNumber(),
      onResendReady: () => stage.status(words.of("againReady")),
    });
    return view;
  }

  #showCode(verification: StartedVerification, numberView: NumberStep | undefined): void {
    const view = this.#codeView(!this.settings.isStepUp, true);
    view.resendIn = verification.resend_in;
    this.#show({ name: "code", view, verification, numberView });
    this.stage.status(view.setSent(verification.to, verification.channel));
    view.focus();
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
      if (!isStepUp && !this.settings.isSignIn) {
        const proof = await client.checkProof(verification.id, code, { signal });
        this.#finish("stepUpDoneTitle");
        return fire(this.#host, "proof", proof);
      }
      this.session = await (isStepUp
        ? client.checkStepUp(verification.id, code, { signal })
        : client.check(verification.id, code, { signal }));
      this.#finish(isStepUp ? "stepUpDoneTitle" : "doneTitle");
      fire(this.#host, "session", { ...this.session, restored: false });
    });
  }

  #resend(channel: Channel): Promise<void> {
    return this.#onCode(async (shown, signal) => {
      const { view, verification } = shown;
      view.setError(undefined);
      const sent = await this.#host.client.resend(verification.id, { channel }, { signal });
      // The answer to a resend masks the number. The first answer has the whole number.
      const to = verification.to ?? sent.to;
      this.stage.shown = { ...shown, verification: { id: sent.id, to } };
      this.stage.status(view.setSent(to, sent.channel));
      view.resendIn = sent.resend_in;
      this.#readText(view);
    });
  }

  /** Starts a new verification of the same number, so that the user need not type it again. */
  #startAgain(): Promise<void> {
    return this.#onCode(async ({ verification, numberView }, signal) => {
      // With Twilio Verify a used-up code blocks the number until the code expires or is canceled.
      await this.#host.client.cancel(verification.id, { signal }).catch((error: unknown) => {
        if (isAbort(error)) throw error;
      });
      const { to = "" } = verification;
      this.#showCode(await this.#starts.send({ to }, signal), numberView);
    });
  }

  #changeNumber(): void {
    const { shown } = this.stage;
    if (shown?.name !== "code") return;
    this.stop();
    // The user goes on at once. A cancellation that fails does no harm.
    this.#host.client.cancel(shown.verification.id).catch(() => undefined);
    const view = shown.numberView ?? this.#numberViews.make();
    this.#show({ name: "number", view });
    view.frame.setBusy(false);
    view.field.input.focus();
    view.field.input.select();
  }

  #finish(name: "doneTitle" | "stepUpDoneTitle"): void {
    const title = this.words.of(name);
    this.#showDone(title).focus();
    this.stage.status(title);
  }

  #showDone(title: Phrase): DoneStep {
    const view = new DoneStep(title);
    this.#show({ name: "done", view });
    return view;
  }

  #show(next: Shown): void {
    this.#textMessage.stop();
    this.stage.show(next, this.words.language);
    fire(this.#host, "step", next.name);
  }

  /** Runs one act of the user on the code step. */
  async #onCode(act: (shown: CodeShown, signal: AbortSignal) => Promise<void>): Promise<void> {
    const { shown } = this.stage;
    if (shown?.name !== "code") return;
    this.#textMessage.stop();
    await this.#run(shown.view, (signal) => act(shown, signal));
  }

  #run(view: NumberStep | CodeStep, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    // The page's language may have changed: load its texts for the next step.
    void this.#loadWords();
    const slow = this.words.of("slow");
    const onSlow = () => {
      view.frame.setHint(slow);
      this.stage.status(slow);
    };
    return this.#work.run(view.frame, work, onSlow, (error) => this.#refuse(error));
  }

  #refuse(error: unknown): void {
    fire(this.#host, "error", error);
    showRefusal(this.stage, error, this.words, this.settings.channels(this.#config.value));
  }
}

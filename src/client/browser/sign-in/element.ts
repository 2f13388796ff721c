import { createPhonegate, type Phonegate } from "../../index.ts";
import type { Session } from "../../session-keeper.ts";
import { BaseElement } from "./dom.ts";
import { Flow } from "./flow.ts";
import type { Host } from "./host.ts";
import styles from "./sign-in.css";
import type { Step } from "./stage.ts";
import type { OwnTexts, Texts } from "./texts.ts";

/**
 * `<phonegate-sign-in>`: asks for a number, then for the code, then says so. With `verification` it
 * asks for the code alone. Fires `phonegate-session` (detail: the `Session`, and whether it is
 * `restored`), `phonegate-proof` (detail: the `ApprovedProof`), `phonegate-error` (detail: the
 * error) and `phonegate-step` (detail: the step's name), each also with a colon in its name; all
 * bubble out of shadow trees.
 */
export class PhonegateSignIn extends BaseElement implements Host {
  /** Where the module came from serves the API too, unless `base-url` says otherwise. */
  static defaultBaseUrl: string | undefined;

  static readonly observedAttributes = ["lang", "verification"];

  /** What the app's captcha has answered; good for one start. */
  captchaToken: string | undefined;

  readonly #flow = new Flow(this);
  #client: Phonegate | undefined;
  #connection: AbortController | undefined;

  constructor() {
    super();
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(styles);
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    root.append(...this.#flow.stage.nodes);
  }

  connectedCallback(): void {
    this.#connection = new AbortController();
    this.#flow.connect(this.#connection.signal);
  }

  disconnectedCallback(): void {
    this.#connection?.abort();
  }

  attributeChangedCallback(name: string): void {
    if (name === "lang") this.#flow.followLanguage();
    // Another verification begins anew.
    else if (this.#flow.stage.shown !== undefined) this.reset();
  }

  /** The client that this element works with. Another one begins anew, with nothing filled in. */
  get client(): Phonegate {
    const store = this.getAttribute("store");
    this.#client ??= createPhonegate({
      baseUrl: this.getAttribute("base-url") ?? PhonegateSignIn.defaultBaseUrl ?? "",
      transport: this.getAttribute("transport") === "cookie" ? "cookie" : "store",
      ...(store === "local" || store === "session" || store === "none" ? { store } : {}),
    });
    return this.#client;
  }

  set client(client: Phonegate) {
    if (client === this.#client) return;
    this.#client = client;
    // A framework that takes a server's markup over sets properties of what is on the page already.
    if (!this.isConnected) return;
    this.disconnectedCallback();
    this.connectedCallback();
  }

  /** Some or all of the texts, instead of the built-in ones. Throws on one that nobody shows. */
  set texts(own: OwnTexts) {
    // A framework sets an equal object at each rendering: what was typed must not be lost for it.
    if (JSON.stringify(own) === JSON.stringify(this.#flow.words.own)) return;
    this.#flow.words.own = own;
    if (this.isConnected) this.#flow.retext();
  }

  get texts(): Texts {
    return this.#flow.words.texts;
  }

  get session(): Session | undefined {
    return this.#flow.session;
  }

  get step(): Step {
    return this.#flow.stage.shown?.name ?? "number";
  }

  /** From the start, with nothing filled in. */
  reset(): void {
    this.#flow.reset();
  }

  /** Moves the focus to what is to be filled in. */
  override focus(): void {
    this.#flow.focus();
  }

  /** Says why the person has to sign in again. */
  showSessionLost(): void {
    this.#flow.showSessionLost();
  }

  /** "Forget this device": deletes the device tokens that are kept here. No session ends. */
  forgetDevice(): Promise<void> {
    return this.client.forgetDevice();
  }
}

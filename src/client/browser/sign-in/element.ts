import { createPhonegate, type Phonegate } from "../../index.ts";
import type { Session } from "../../session-keeper.ts";
import { BaseElement } from "./dom.ts";
import { Flow } from "./flow.ts";
import type { Host } from "./host.ts";
import styles from "./sign-in.css";
import type { Step } from "./stage.ts";
import type { OwnTexts, Texts } from "./texts.ts";

/**
 * `<phonegate-sign-in>`: asks for a number and then for the code, and reports the result. With the
 * attribute `verification` it asks only for the code. It fires these events, each also with a colon
 * in its name; all of them bubble out of shadow trees:
 * - `phonegate-session`: the `Session`, and whether it was `restored`.
 * - `phonegate-proof`: the `ApprovedProof`.
 * - `phonegate-error`: the error.
 * - `phonegate-step`: the step's name.
 *
 *     <phonegate-sign-in base-url="https://id.example.com"></phonegate-sign-in>
 */
export class PhonegateSignIn extends BaseElement implements Host {
  /** The origin that the Worker's own script sets. It is used if `base-url` is absent. */
  static defaultBaseUrl: string | undefined;

  static readonly observedAttributes = ["lang", "verification"];

  /** The token from the app's captcha. It is used for one start. */
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
    // A new verification restarts the element.
    else if (this.#flow.stage.shown !== undefined) this.reset();
  }

  /** The client of this element. Setting another client restarts the element with empty fields. */
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
    // A framework sets properties during hydration, before or after the element is connected.
    if (!this.isConnected) return;
    this.disconnectedCallback();
    this.connectedCallback();
  }

  /**
   * Replaces some or all of the built-in texts. Throws a `TypeError` for a text that the element
   * does not have.
   */
  set texts(own: OwnTexts) {
    // A framework sets an equal object at each rendering. The user's input must not be lost then.
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

  /** Returns to the first step with empty fields. */
  reset(): void {
    this.#flow.reset();
  }

  /** Moves the focus to the field of the current step. */
  override focus(): void {
    this.#flow.focus();
  }

  /** Tells the user that the session was lost, so that a new sign-in is needed. */
  showSessionLost(): void {
    this.#flow.showSessionLost();
  }

  /** Deletes the device tokens that are kept here. No session ends. */
  forgetDevice(): Promise<void> {
    return this.client.forgetDevice();
  }
}

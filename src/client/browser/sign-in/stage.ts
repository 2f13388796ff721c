import type { CodeStep } from "./code-step.ts";
import type { DoneStep } from "./done-step.ts";
import { element, markLanguage, setText } from "./dom.ts";
import type { NumberStep } from "./number-step.ts";
import type { Phrase } from "./phrase.ts";

/** The verification that the code step asks about. `to` is unknown if a backend started it. */
export interface ShownVerification {
  readonly id: string;
  readonly to?: string;
}

/** The current step with its view and its data. */
export type Shown =
  | { readonly name: "number"; readonly view: NumberStep }
  | {
      readonly name: "code";
      readonly view: CodeStep;
      readonly verification: ShownVerification;
      /** The number step to return to. Undefined if a backend started the verification. */
      readonly numberView: NumberStep | undefined;
    }
  | { readonly name: "done"; readonly view: DoneStep };

export type CodeShown = Extract<Shown, { name: "code" }>;
export type Step = Shown["name"];

/** The card that shows one step, and two live regions that inform a screen reader. */
export class Stage {
  /** Undefined before the element is connected for the first time. */
  shown: Shown | undefined;
  readonly #card = element("div", { class: "card", part: "card" });
  readonly #polite = element("p", { class: "unseen", role: "status" });
  readonly #assertive = element("p", { class: "unseen", role: "alert" });
  readonly nodes: readonly Node[] = [this.#card, this.#polite, this.#assertive];

  show(next: Shown, language: string): void {
    this.leave();
    this.shown = next;
    this.#card.replaceChildren(next.view.root);
    markLanguage(this.#card, { lang: language });
    this.status(undefined);
    this.alert(undefined);
  }

  /** Stops the timers of the current step. */
  leave(): void {
    if (this.shown?.name === "code") this.shown.view.dispose();
  }

  /** The number step that is current, or that the code step returns to. */
  get numberView(): NumberStep | undefined {
    const { shown } = this;
    if (shown?.name === "code") return shown.numberView;
    return shown?.name === "number" ? shown.view : undefined;
  }

  status(phrase: Phrase | undefined): void {
    setText(this.#polite, phrase);
  }

  alert(phrase: Phrase | undefined): void {
    this.#assertive.textContent = "";
    setText(this.#assertive, phrase);
  }
}

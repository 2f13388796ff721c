import type { CodeStep } from "./code-step.ts";
import type { DoneStep } from "./done-step.ts";
import { element, markLanguage, setText } from "./dom.ts";
import type { NumberStep } from "./number-step.ts";
import type { Phrase } from "./phrase.ts";

/** The verification whose code is asked for; `to` is unknown where a backend has started it. */
export interface Asked {
  readonly id: string;
  readonly to?: string;
}

/** The step that is shown, with all that belongs to it. */
export type Shown =
  | { readonly name: "number"; readonly view: NumberStep }
  | {
      readonly name: "code";
      readonly view: CodeStep;
      readonly verification: Asked;
      /** The step before it, for the way back; none where a backend has started the verification. */
      readonly numberView: NumberStep | undefined;
    }
  | { readonly name: "done"; readonly view: DoneStep };

export type CodeShown = Extract<Shown, { name: "code" }>;
export type Step = Shown["name"];

/** The card that shows one step, and the two live regions that tell a screen reader about it. */
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
    this.say(undefined);
    this.alert(undefined);
  }

  /** Ends the timers of the step that is shown. */
  leave(): void {
    if (this.shown?.name === "code") this.shown.view.dispose();
  }

  /** The number step that is shown, or that the code step leads back to. */
  get numberView(): NumberStep | undefined {
    const { shown } = this;
    if (shown?.name === "code") return shown.numberView;
    return shown?.name === "number" ? shown.view : undefined;
  }

  say(phrase: Phrase | undefined): void {
    setText(this.#polite, phrase);
  }

  alert(phrase: Phrase | undefined): void {
    this.#assertive.textContent = "";
    setText(this.#assertive, phrase);
  }
}

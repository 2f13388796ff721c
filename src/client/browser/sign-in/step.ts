import { element, isUsable, setAttributes, setText, setUsable } from "./dom.ts";
import type { Phrase } from "./phrase.ts";

/** The parts that each step shares: form, button, busy state, hint and error. */
export class StepFrame {
  readonly form: HTMLFormElement;
  readonly button: HTMLButtonElement;
  readonly #label: HTMLElement;
  readonly #error: HTMLElement;
  readonly #hint: HTMLElement;
  /** The field that the error is about. */
  readonly #described: HTMLElement;
  readonly #describedBy: readonly string[];

  constructor(options: {
    readonly label: Phrase;
    readonly described: HTMLElement;
    readonly describedBy: readonly string[];
    readonly onSubmit: () => void;
  }) {
    this.#described = options.described;
    this.#describedBy = options.describedBy;
    this.#error = element("p", { id: "error", class: "error", part: "error", hidden: true });
    this.#hint = element("p", { class: "slow", part: "hint", hidden: true });
    this.#label = element("span", { class: "label" }, options.label);
    this.button = element(
      "button",
      { type: "submit", class: "primary", part: "button primary" },
      this.#label,
      element("span", { class: "spinner", "aria-hidden": "true" }),
    );
    this.form = element("form", { novalidate: true, part: "form" });
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (isUsable(this.button)) options.onSubmit();
    });
    this.#describe();
  }

  /** The error's element. It belongs right after its field. */
  get messages(): readonly HTMLElement[] {
    return [this.#error];
  }

  get actions(): readonly HTMLElement[] {
    return [this.button, this.#hint];
  }

  set label(phrase: Phrase) {
    setText(this.#label, phrase);
  }

  setBusy(busy: boolean): void {
    setUsable(this.button, !busy);
    setAttributes(this.form, { "aria-busy": busy ? "true" : undefined });
    this.button.classList.toggle("busy", busy);
    if (!busy) this.setHint(undefined);
  }

  setHint(phrase: Phrase | undefined): void {
    setText(this.#hint, phrase);
    this.#hint.hidden = phrase === undefined;
  }

  setError(phrase: Phrase | undefined): void {
    setText(this.#error, phrase);
    this.#error.hidden = phrase === undefined;
    this.#describe();
  }

  #describe(): void {
    const ids = [...(this.#error.hidden ? [] : ["error"]), ...this.#describedBy];
    setAttributes(this.#described, {
      "aria-describedby": ids.length > 0 ? ids.join(" ") : undefined,
    });
  }
}

/** Groups the digits of a North American number. Other numbers stay as they are. */
export const formatNumber = (to: string): string =>
  to.replace(/^\+1(\d{3})(\d{3})(\d{4})$/, "+1 $1 $2 $3");

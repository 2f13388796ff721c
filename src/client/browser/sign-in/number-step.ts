import { element } from "./dom.ts";
import { NumberField } from "./number-field.ts";
import { StepFrame } from "./step.ts";
import type { Texts } from "./texts.ts";

/** Asks for the number; in a step-up only for the consent, since the session has its number. */
export class NumberStep {
  readonly root: HTMLElement;
  readonly frame: StepFrame;
  readonly field: NumberField;
  readonly #title: HTMLElement;
  readonly #captcha: HTMLSlotElement;
  readonly #isStepUp: boolean;

  constructor(texts: Texts, isStepUp: boolean, onSubmit: () => void) {
    this.#isStepUp = isStepUp;
    this.field = new NumberField(texts);
    this.frame = new StepFrame({
      label: isStepUp ? texts.stepUpSend : texts.send,
      described: this.field.input,
      describedBy: ["intro"],
      onSubmit,
    });
    this.#captcha = element("slot", { name: "captcha" });
    this.#title = element(
      "h2",
      { id: "title", part: "title", tabindex: "-1" },
      isStepUp ? texts.stepUpTitle : texts.title,
    );
    const label = element("label", { for: "number", part: "label" }, texts.number);
    this.frame.form.append(
      ...(isStepUp ? [] : [label, this.field.root]),
      ...this.frame.messages,
      this.#captcha,
      ...this.frame.actions,
    );
    const intro = isStepUp ? texts.stepUpIntro : texts.intro;
    this.root = element(
      "div",
      { class: "step", part: "step" },
      element("slot", { name: "logo" }),
      this.#title,
      element("p", { id: "intro", class: "intro", part: "intro" }, intro),
      this.frame.form,
    );
  }

  set title(text: string) {
    this.#title.textContent = text;
  }

  setError(text: string | undefined, isAboutNumber = false): void {
    this.field.setInvalid(text !== undefined && isAboutNumber);
    this.frame.setError(text);
  }

  focus(): void {
    if (this.#isStepUp) this.#title.focus();
    else this.field.input.focus();
  }
}

import type { Channel } from "../../wire.ts";
import { element, isUsable } from "./dom.ts";
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
  readonly #others = element("div", { class: "links others" });
  readonly #texts: Texts;
  readonly #isStepUp: boolean;
  readonly #onSubmit: (channel?: Channel) => void;

  constructor(texts: Texts, isStepUp: boolean, onSubmit: (channel?: Channel) => void) {
    this.#texts = texts;
    this.#isStepUp = isStepUp;
    this.#onSubmit = onSubmit;
    this.field = new NumberField(texts);
    this.frame = new StepFrame({
      label: isStepUp ? texts.stepUpSend : texts.send,
      described: this.field.input,
      describedBy: ["intro"],
      onSubmit: () => onSubmit(),
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
      this.#others,
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
    this.#others.replaceChildren();
  }

  /** Other ways, where the number cannot be reached by text. */
  offer(channels: readonly Channel[]): void {
    const { again, call, whatsapp } = this.#texts;
    const names = { sms: again, call, whatsapp };
    this.#others.replaceChildren(
      ...channels.map((channel) => {
        const button = element("button", { type: "button", class: "link", part: "link" });
        button.textContent = names[channel];
        button.addEventListener("click", () => {
          if (isUsable(this.frame.button)) this.#onSubmit(channel);
        });
        return button;
      }),
    );
    this.#others.querySelector("button")?.focus();
  }

  focus(): void {
    if (this.#isStepUp) this.#title.focus();
    else this.field.input.focus();
  }
}

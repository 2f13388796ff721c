import type { Channel } from "../../wire.ts";
import { channelTexts } from "./channel-texts.ts";
import { element, isUsable, linkButton, setText } from "./dom.ts";
import { NumberField } from "./number-field.ts";
import type { Phrase } from "./phrase.ts";
import { StepFrame } from "./step.ts";
import type { Words } from "./words.ts";

/**
 * The step that asks for the number. In a step-up it asks only for consent, because the session has
 * its number.
 */
export class NumberStep {
  readonly root: HTMLElement;
  readonly frame: StepFrame;
  readonly field: NumberField;
  readonly #title: HTMLElement;
  readonly #captcha: HTMLSlotElement;
  readonly #others = element("div", { class: "links others" });
  readonly #words: Words;
  readonly #isStepUp: boolean;
  readonly #onSubmit: (channel?: Channel) => void;

  constructor(words: Words, isStepUp: boolean, onSubmit: (channel?: Channel) => void) {
    this.#words = words;
    this.#isStepUp = isStepUp;
    this.#onSubmit = onSubmit;
    this.field = new NumberField(words);
    this.frame = new StepFrame({
      label: words.of(isStepUp ? "stepUpSend" : "send"),
      described: this.field.input,
      describedBy: ["intro"],
      onSubmit: () => onSubmit(),
    });
    this.#captcha = element("slot", { name: "captcha" });
    this.#title = element(
      "h2",
      { id: "title", part: "title", tabindex: "-1" },
      words.of(isStepUp ? "stepUpTitle" : "title"),
    );
    const label = element("label", { for: "number", part: "label" }, words.of("number"));
    this.frame.form.append(
      ...(isStepUp ? [] : [label, this.field.root]),
      ...this.frame.messages,
      this.#others,
      this.#captcha,
      ...this.frame.actions,
    );
    const intro = words.of(isStepUp ? "stepUpIntro" : "intro");
    this.root = element(
      "div",
      { class: "step", part: "step" },
      element("slot", { name: "logo" }),
      this.#title,
      element("p", { id: "intro", class: "intro", part: "intro" }, intro),
      this.frame.form,
    );
  }

  set title(phrase: Phrase) {
    setText(this.#title, phrase);
  }

  setError(phrase: Phrase | undefined, isAboutNumber = false): void {
    this.field.setInvalid(phrase !== undefined && isAboutNumber);
    this.frame.setError(phrase);
    this.#others.replaceChildren();
  }

  /** Offers other channels if no text can reach the number. */
  offer(channels: readonly Channel[]): void {
    this.#others.replaceChildren(
      ...channels.map((channel) => {
        const name = this.#words.of(channelTexts[channel].button);
        return linkButton(name, () => {
          if (isUsable(this.frame.button)) this.#onSubmit(channel);
        });
      }),
    );
    this.#others.querySelector("button")?.focus();
  }

  focus(): void {
    if (this.#isStepUp) this.#title.focus();
    else this.field.input.focus();
  }
}

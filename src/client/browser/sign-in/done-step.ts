import { element, icon } from "./dom.ts";
import type { Phrase } from "./phrase.ts";

export class DoneStep {
  readonly root: HTMLElement;
  readonly #title: HTMLElement;

  constructor(title: Phrase) {
    this.#title = element("h2", { id: "title", part: "title", tabindex: "-1" }, title);
    this.root = element(
      "div",
      { class: "step done", part: "step" },
      element("span", { class: "tick", part: "tick" }, icon("M5 12.5 10 17.5 19 7.5", "0 0 24 24")),
      this.#title,
      element("slot", { name: "done" }),
    );
  }

  focus(): void {
    this.#title.focus();
  }
}

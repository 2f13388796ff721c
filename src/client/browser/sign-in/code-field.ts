import { element, setAttributes } from "./dom.ts";

/** Without a known length there is one plain field, and nothing is sent before it is asked for. */
const mostDigits = 10;

/**
 * One real input, which fills in, pastes, selects and speaks as inputs do, over boxes that are
 * painted. Its text is transparent; the boxes show it.
 */
export class CodeField {
  readonly root: HTMLElement;
  readonly input: HTMLInputElement;
  readonly #length: number | undefined;
  readonly #boxes: readonly HTMLElement[];
  readonly #onComplete: (code: string) => void;
  readonly #paint = (): void => this.#paintBoxes();

  constructor(length: number | undefined, onComplete: (code: string) => void) {
    this.#length = length;
    this.#onComplete = onComplete;
    this.input = element("input", {
      id: "code",
      part: "code-input",
      type: "text",
      inputmode: "numeric",
      autocomplete: "one-time-code",
      pattern: "[0-9]*",
      spellcheck: "false",
      autocapitalize: "off",
      enterkeyhint: "done",
      dir: "ltr",
    });
    this.#boxes = Array.from({ length: length ?? 0 }, () =>
      element("span", { class: "box", part: "code-box" }),
    );
    this.root = element(
      "div",
      { class: length === undefined ? "code plain" : "code", dir: "ltr" },
      element("div", { class: "boxes", "aria-hidden": "true" }, ...this.#boxes),
      this.input,
    );
    this.root.style.setProperty("--_n", String(length ?? mostDigits));
    this.input.addEventListener("input", () => this.#read());
    for (const event of ["focus", "blur", "select", "keyup", "pointerup"])
      this.input.addEventListener(event, this.#paint);
    document.addEventListener("selectionchange", this.#paint);
    this.#paintBoxes();
  }

  get value(): string {
    return this.input.value;
  }

  get isComplete(): boolean {
    return this.#length === undefined ? this.value.length >= 4 : this.value.length === this.#length;
  }

  set value(code: string) {
    this.input.value = code;
    this.#paintBoxes();
  }

  dispose(): void {
    document.removeEventListener("selectionchange", this.#paint);
  }

  setInvalid(invalid: boolean): void {
    setAttributes(this.input, { "aria-invalid": invalid ? "true" : undefined });
    this.root.classList.toggle("invalid", invalid);
  }

  /** What was typed or pasted, as its digits alone: "123-456", "١٢٣٤٥٦". */
  #read(): void {
    const { input } = this;
    const before = input.value.slice(0, input.selectionStart ?? undefined);
    const digits = digitsOf(input.value).slice(0, this.#length ?? mostDigits);
    if (digits !== input.value) {
      const caret = Math.min(digitsOf(before).length, digits.length);
      input.value = digits;
      input.setSelectionRange(caret, caret);
    }
    this.#paintBoxes();
    if (this.#length !== undefined && this.isComplete) this.#onComplete(digits);
  }

  #paintBoxes(): void {
    const { input } = this;
    const root = input.getRootNode();
    const focused = root instanceof ShadowRoot && root.activeElement === input;
    const [from, to] = [input.selectionStart ?? 0, input.selectionEnd ?? 0];
    for (const [index, box] of this.#boxes.entries()) {
      const digit = input.value[index] ?? "";
      if (box.textContent !== digit) box.textContent = digit;
      const selected = focused && index >= from && index < to;
      const last = this.#boxes.length - 1;
      const caret = focused && from === to && index === Math.min(from, last);
      box.classList.toggle("selected", selected);
      box.classList.toggle("caret", caret);
    }
  }
}

function digitsOf(text: string): string {
  return text
    .replace(/[\u0660-\u0669\u06f0-\u06f9\uff10-\uff19]/g, (digit) =>
      String(digit.charCodeAt(0) & 15),
    )
    .replace(/\D/g, "");
}

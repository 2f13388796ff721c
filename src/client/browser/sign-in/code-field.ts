import { digitsOf, maxDigits, readCode } from "./code-text.ts";
import { element, setAttributes } from "./dom.ts";

/**
 * One real input over painted boxes. The input handles typing, pasting, autofill, selection and
 * screen readers. Its own text is transparent, and the boxes show the digits.
 */
export class CodeField {
  readonly root: HTMLElement;
  readonly input: HTMLInputElement;
  /** If the length is unknown, the field has no boxes and does not submit by itself. */
  readonly #length: number | undefined;
  readonly #boxes: readonly HTMLElement[];
  readonly #onComplete: (code: string) => void;
  #before = { value: "", start: 0, end: 0 };
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
    this.root.style.setProperty("--_n", String(length ?? maxDigits));
    this.input.addEventListener("beforeinput", () => this.#remember());
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
    this.#put(code, code.length);
  }

  dispose(): void {
    document.removeEventListener("selectionchange", this.#paint);
  }

  setInvalid(invalid: boolean): void {
    setAttributes(this.input, { "aria-invalid": invalid ? "true" : undefined });
    this.root.classList.toggle("invalid", invalid);
  }

  /** Remembers the value before the user changes it. */
  #remember(): void {
    const { value, selectionStart, selectionEnd } = this.input;
    this.#before = { value, start: selectionStart ?? 0, end: selectionEnd ?? value.length };
  }

  #read(): void {
    const { input } = this;
    const most = this.#length ?? maxDigits;
    const { value: old, start, end } = this.#before;
    const caret = input.selectionStart ?? input.value.length;
    const inserted = input.value.slice(start, input.value.length - (old.length - end));
    if (/../u.test(inserted)) {
      // Several characters at once: the user pasted them, or the browser filled them in.
      const code = readCode(inserted, this.#length);
      if (code === undefined) return this.#put(old, end);
      const joined = old.slice(0, start) + code + old.slice(end);
      const isWhole = code.length === this.#length || joined.length > most;
      this.#put(isWhole ? code : joined, start + code.length);
    } else {
      const digits = digitsOf(input.value);
      if (digits.length > most || digits === old) return this.#put(old, end);
      this.#put(digits, digitsOf(input.value.slice(0, caret)).length);
    }
    if (this.#length !== undefined && this.isComplete) this.#onComplete(this.value);
  }

  #put(code: string, caret: number): void {
    const { input } = this;
    if (input.value !== code) {
      input.value = code;
      input.setSelectionRange(caret, caret);
    }
    // A change without a `beforeinput` event replaces the whole value.
    this.#before = { value: code, start: 0, end: code.length };
    this.#paintBoxes();
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

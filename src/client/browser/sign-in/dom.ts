import { directionOf } from "./language.ts";
import type { Phrase } from "./phrase.ts";

/**
 * The base class of the element. A server has no `HTMLElement`, and can still import the class for
 * its name and types.
 */
export const BaseElement: typeof HTMLElement =
  typeof HTMLElement === "undefined"
    ? // oxlint-disable-next-line no-extraneous-class, typescript/no-unsafe-type-assertion -- a server never constructs it
      (class {} as typeof HTMLElement)
    : HTMLElement;

type Attributes = Readonly<Record<string, string | boolean | undefined>>;

/**
 * Creates a DOM element. Children become text nodes and never markup, so a strict CSP has nothing
 * to block. A `Phrase` also sets the element's language.
 */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly (Node | string | Phrase)[]
): HTMLElementTagNameMap[Tag] {
  const node = document.createElement(tag);
  setAttributes(node, attributes);
  for (const child of children)
    if (typeof child === "string" || child instanceof Node) node.append(child);
    else {
      markLanguage(node, child);
      node.append(child.text);
    }
  return node;
}

export function setAttributes(node: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes))
    if (value === undefined || value === false) node.removeAttribute(name);
    else node.setAttribute(name, value === true ? "" : value);
}

export function setText(node: HTMLElement, phrase: Phrase | undefined): void {
  node.textContent = phrase?.text ?? "";
  if (phrase !== undefined) markLanguage(node, phrase);
}

export function markLanguage(node: HTMLElement, { lang }: Pick<Phrase, "lang">): void {
  node.lang = lang;
  node.dir = directionOf(lang);
}

/** Returns a decorative SVG icon that screen readers skip. */
export function icon(path: string, viewBox: string): SVGSVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  setAttributes(svg, { viewBox, "aria-hidden": "true", class: "icon" });
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  setAttributes(line, { d: path, pathLength: "1" });
  svg.append(line);
  return svg;
}

/** Creates a button that looks like a link. A press calls `onPress` while the button can be used. */
export function linkButton(label: Phrase, onPress: () => void): HTMLButtonElement {
  const button = element("button", { type: "button", class: "link", part: "link" }, label);
  button.addEventListener("click", () => {
    if (isUsable(button)) onPress();
  });
  return button;
}

/** Sets whether a button can be used. Unlike a disabled button, an unusable one keeps the focus. */
export function setUsable(button: HTMLButtonElement, usable: boolean): void {
  setAttributes(button, { "aria-disabled": usable ? undefined : "true" });
}

export const isUsable = (button: HTMLButtonElement): boolean =>
  button.getAttribute("aria-disabled") !== "true";

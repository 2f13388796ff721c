import { directionOf } from "./language.ts";
import type { Phrase } from "./phrase.ts";

/**
 * What the element is made of. A server has no elements and can import the class all the same, for
 * its name and its types.
 */
export const BaseElement: typeof HTMLElement =
  typeof HTMLElement === "undefined"
    ? // oxlint-disable-next-line no-extraneous-class, typescript/no-unsafe-type-assertion -- nothing makes one there
      (class {} as typeof HTMLElement)
    : HTMLElement;

type Attributes = Readonly<Record<string, string | boolean | undefined>>;

/**
 * Data becomes text nodes and attributes, never markup: a strict CSP has nothing to forbid. A phrase
 * marks the node with its language.
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

/** A picture of strokes, for the eye alone. */
export function icon(path: string, viewBox: string): SVGSVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  setAttributes(svg, { viewBox, "aria-hidden": "true", class: "icon" });
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  setAttributes(line, { d: path, pathLength: "1" });
  svg.append(line);
  return svg;
}

/** A button that is told apart from a disabled one: it keeps the focus while it cannot be used. */
export function setUsable(button: HTMLButtonElement, usable: boolean): void {
  setAttributes(button, { "aria-disabled": usable ? undefined : "true" });
}

export const isUsable = (button: HTMLButtonElement): boolean =>
  button.getAttribute("aria-disabled") !== "true";

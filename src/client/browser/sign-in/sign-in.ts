import { PhonegateSignIn } from "./element.ts";
import type { SignInColonEvents, SignInEvents } from "./markup.ts";

export * from "../../index.ts";
export { loadWording, type Wording } from "../texts.ts";
export { PhonegateSignIn } from "./element.ts";
export type { SignedIn, SignInAttributes, SignInEvents, SignInProperties } from "./markup.ts";
export type { Step } from "./stage.ts";
export type { OwnTexts, Texts } from "./texts.ts";

// A server has no `customElements` and can still import this. If a page loads it twice, the first
// registration stays.
if (typeof customElements !== "undefined" && !customElements.get("phonegate-sign-in"))
  customElements.define("phonegate-sign-in", PhonegateSignIn);

declare global {
  interface HTMLElementTagNameMap {
    "phonegate-sign-in": PhonegateSignIn;
  }
  interface HTMLElementEventMap extends SignInEvents, SignInColonEvents {}
}

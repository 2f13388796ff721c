import type { Session } from "../../session-keeper.ts";
import { PhonegateSignIn } from "./element.ts";
import type { Step } from "./stage.ts";

export * from "../../index.ts";
export { PhonegateSignIn } from "./element.ts";
export type { Texts } from "./texts.ts";

// A page that loads the module twice keeps the first one.
if (customElements.get("phonegate-sign-in") === undefined)
  customElements.define("phonegate-sign-in", PhonegateSignIn);

declare global {
  interface HTMLElementTagNameMap {
    "phonegate-sign-in": PhonegateSignIn;
  }
  interface HTMLElementEventMap {
    "phonegate:session": CustomEvent<Session>;
    "phonegate:error": CustomEvent<unknown>;
    "phonegate:step": CustomEvent<Step>;
  }
}

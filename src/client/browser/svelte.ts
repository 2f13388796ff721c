// Registers `<phonegate-sign-in>`, and tells Svelte's markup its attributes, properties and events.
import type { HTMLAttributes } from "svelte/elements";
import type {
  PhonegateSignIn,
  SignInAttributes,
  SignInEvents,
  SignInProperties,
} from "./sign-in/sign-in.ts";

export { PhonegateSignIn } from "./sign-in/sign-in.ts";

type SvelteEvents = {
  [Name in keyof SignInEvents as `on${Name}`]?: ((event: SignInEvents[Name]) => void) | undefined;
};

/** The attributes, properties and events of `<phonegate-sign-in>` in Svelte's markup. */
export type SignInElementProps = HTMLAttributes<PhonegateSignIn> &
  SignInAttributes &
  SignInProperties &
  SvelteEvents;

declare module "svelte/elements" {
  interface SvelteHTMLElements {
    "phonegate-sign-in": SignInElementProps;
  }
}

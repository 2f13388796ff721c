// What `<phonegate-sign-in>` takes and fires, for the types of the frameworks.
import type { Phonegate } from "../../phonegate.ts";
import type { Session } from "../../session-keeper.ts";
import type { ApprovedProof } from "../../wire.ts";
import type { Step } from "./stage.ts";
import type { OwnTexts } from "./texts.ts";

/** Attributes, as they are written in HTML. `lang` is any element's. */
export interface SignInAttributes {
  /** The Worker's origin. Needed unless `client` is set, or the Worker's own script made the element. */
  readonly "base-url"?: string | undefined;
  /** @default "store" */
  readonly transport?: "store" | "cookie" | undefined;
  /** @default in memory */
  readonly store?: "local" | "session" | "none" | undefined;
  /** ISO 3166-1 alpha-2, chosen before the user chooses. @default the caller's */
  readonly country?: string | undefined;
  /** Separated by spaces. @default "sms call" */
  readonly channels?: string | undefined;
  /** 4 to 10. @default what the Worker says */
  readonly "code-length"?: number | string | undefined;
  /** @default "sign_in" */
  readonly purpose?: "sign_in" | "step_up" | undefined;
  /** `vrf_…`, which your backend has started: takes its code, and fires `phonegate-proof`. */
  readonly verification?: string | undefined;
  /** @default the page's `color-scheme` */
  readonly theme?: "light" | "dark" | undefined;
}

/** Properties, which markup of a framework can set as well. */
export interface SignInProperties {
  /** The client to work with: one for the whole app. */
  readonly client?: Phonegate | undefined;
  readonly texts?: OwnTexts | undefined;
  /** What the app's captcha has answered; good for one start. */
  readonly captchaToken?: string | undefined;
}

/** `restored`: the session was kept from before; false after a code, of a sign-in or a step-up. */
export type SignedIn = Session & { readonly restored: boolean };

/** Events by the names that frameworks can write. Each bubbles, and has a twin with a colon. */
export interface SignInEvents {
  "phonegate-session": CustomEvent<SignedIn>;
  "phonegate-proof": CustomEvent<ApprovedProof>;
  "phonegate-error": CustomEvent<unknown>;
  "phonegate-step": CustomEvent<Step>;
}

/** The same events by their first names. */
export type SignInColonEvents = {
  [
    Name in keyof SignInEvents as Name extends `phonegate-${infer Rest}`
      ? `phonegate:${Rest}`
      : never
  ]: SignInEvents[Name];
};

// The attributes, properties and events of `<phonegate-sign-in>`, for the types of the frameworks.
import type { Phonegate } from "../../phonegate.ts";
import type { Session } from "../../session-keeper.ts";
import type { ApprovedProof } from "../../wire.ts";
import type { Step } from "./stage.ts";
import type { OwnTexts } from "./texts.ts";

/** The attributes as HTML writes them. `lang` works as on every element. */
export interface SignInAttributes {
  /**
   * The Worker's origin. Required unless `client` is set or the page uses the Worker's own script.
   */
  readonly "base-url"?: string | undefined;
  /** @default "store" */
  readonly transport?: "store" | "cookie" | undefined;
  /** @default in memory */
  readonly store?: "local" | "session" | "none" | undefined;
  /** ISO 3166-1 alpha-2: the country that is selected at first. @default the caller's country */
  readonly country?: string | undefined;
  /** Separated by spaces. @default "sms call" */
  readonly channels?: string | undefined;
  /** 4 to 10 digits. @default the length in the Worker's configuration */
  readonly "code-length"?: number | string | undefined;
  /** @default "sign_in" */
  readonly purpose?: "sign_in" | "step_up" | undefined;
  /**
   * The id (`vrf_…`) of a verification that your backend started. The element asks for its code and
   * fires `phonegate-proof`.
   */
  readonly verification?: string | undefined;
  /** @default the page's `color-scheme` */
  readonly theme?: "light" | "dark" | undefined;
}

/** The properties. The markup of a framework can set them too. */
export interface SignInProperties {
  /** The client to use. An app needs only one. */
  readonly client?: Phonegate | undefined;
  readonly texts?: OwnTexts | undefined;
  /** The token from the app's captcha. It is used for one start. */
  readonly captchaToken?: string | undefined;
}

/**
 * `restored` is true if an earlier visit kept the session, and false after a sign-in or a step-up.
 */
export type SignedIn = Session & { readonly restored: boolean };

/**
 * The events under names that every framework can write. Each bubbles and also fires with a colon
 * in its name.
 */
export interface SignInEvents {
  "phonegate-session": CustomEvent<SignedIn>;
  "phonegate-proof": CustomEvent<ApprovedProof>;
  "phonegate-error": CustomEvent<unknown>;
  "phonegate-step": CustomEvent<Step>;
}

/** The same events under their names with a colon. */
export type SignInColonEvents = {
  [
    Name in keyof SignInEvents as Name extends `phonegate-${infer Rest}`
      ? `phonegate:${Rest}`
      : never
  ]: SignInEvents[Name];
};

import type { Phonegate } from "../../phonegate.ts";
import type { SignInEvents } from "./markup.ts";

/** The part of the element that the flow uses. */
export interface Host extends HTMLElement {
  readonly client: Phonegate;
  /** The token from the app's captcha. It is used for one start. */
  captchaToken: string | undefined;
}

type EventName = keyof SignInEvents extends `phonegate-${infer Name}` ? Name : never;

/** Fires an event under two names, because some frameworks cannot write a colon. */
export function fire<Name extends EventName>(
  host: Host,
  name: Name,
  detail: SignInEvents[`phonegate-${Name}`]["detail"],
): void {
  for (const mark of [":", "-"])
    host.dispatchEvent(
      new CustomEvent(`phonegate${mark}${name}`, { detail, bubbles: true, composed: true }),
    );
}

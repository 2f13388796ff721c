import type { Phonegate } from "../../phonegate.ts";
import type { SignInEvents } from "./markup.ts";

/** What the flow needs of the element. */
export interface Host extends HTMLElement {
  readonly client: Phonegate;
  /** What the app's captcha has answered; good for one start. */
  captchaToken: string | undefined;
}

type EventName = keyof SignInEvents extends `phonegate-${infer Name}` ? Name : never;

/** Fires an event under two names: not every framework can write a colon. */
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

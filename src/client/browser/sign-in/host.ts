import type { Phonegate } from "../../phonegate.ts";

/** What the flow needs of the element. */
export interface Host extends HTMLElement {
  readonly client: Phonegate;
  /** What the app's captcha has answered; good for one start. */
  captchaToken: string | undefined;
}

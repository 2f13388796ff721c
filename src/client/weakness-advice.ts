import { TokenError } from "./token-error.ts";

const advice =
  'Phonegate: a token was refused, since acr "aal2" is required and the token is "aal1". ' +
  "A step-up does not help: a code by phone is one factor, even if the user enters several. " +
  "Require maxAgeSeconds instead, or let your backend check a password first and start the " +
  'verification with its service key and amr: ["pwd"].';

/**
 * Returns a function that runs `demand` and passes its error on. In development it also explains
 * the first `too_weak` on the console: the challenge asks for a step-up, but no step-up can reach
 * `aal2`.
 */
export function weaknessAdvice(isDevelopment: boolean) {
  let isDue = isDevelopment;
  return (demand: () => void): void => {
    try {
      demand();
    } catch (error) {
      if (isDue && error instanceof TokenError && error.reason === "too_weak") {
        isDue = false;
        // oxlint-disable-next-line no-console -- the developer reads it in the terminal
        console.warn(advice);
      }
      throw error;
    }
  };
}

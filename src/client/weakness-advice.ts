import { TokenError } from "./token-error.ts";

const advice =
  'Phonegate: a token was refused, since acr "aal2" is required and the token is "aal1". ' +
  "A step-up does not cure this: a code by phone is one factor, however often it is repeated. " +
  "Require maxAgeSeconds instead, or let your backend check a password first and start the " +
  'verification with its service key and amr: ["pwd"].';

/**
 * Runs a demand and passes its result or error on. In development the first `too_weak` is also
 * explained on the console: the challenge asks for a step-up, and none can satisfy it.
 */
export function weaknessAdvice(isDevelopment: boolean) {
  let isDue = isDevelopment;
  return (demand: () => void): void => {
    try {
      demand();
    } catch (error) {
      if (isDue && error instanceof TokenError && error.reason === "too_weak") {
        isDue = false;
        // oxlint-disable-next-line no-console -- it is for the developer, who reads the terminal
        console.warn(advice);
      }
      throw error;
    }
  };
}

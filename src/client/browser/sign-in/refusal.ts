import { PhonegateError } from "../../phonegate-error.ts";
import type { Channel } from "../../wire.ts";
import type { CodeStep } from "./code-step.ts";
import type { NumberStep } from "./number-step.ts";
import { explain } from "./problem-text.ts";
import type { Phrase } from "./phrase.ts";
import type { Stage } from "./stage.ts";
import type { Words } from "./words.ts";

/**
 * Shows the reason of a failure on the current step. `channels` are the channels that may be
 * offered instead.
 */
export function showRefusal(
  stage: Stage,
  error: unknown,
  words: Words,
  channels: readonly Channel[],
): void {
  const { shown } = stage;
  if (shown === undefined || shown.name === "done") return;
  const { phrase, about } = explain(error, words);
  if (shown.name === "number") {
    const { view } = shown;
    view.setError(phrase, about === "number");
    if (about === "number") view.focus();
    view.offer(channels.filter((channel) => suggestedBy(error).includes(channel)));
  } else if (about === "code") {
    return refuseCode(stage, shown.view, phrase);
  } else if (about === "ended") {
    shown.view.end(phrase);
  } else {
    shown.view.frame.setError(phrase);
    if (error instanceof PhonegateError && error.retryAfterSeconds !== undefined)
      shown.view.resendIn = error.retryAfterSeconds;
  }
  stage.alert(phrase);
}

export function refuseNumber(
  stage: Stage,
  view: NumberStep,
  phrase: Phrase,
  field: HTMLElement = view.field.input,
): void {
  view.setError(phrase, true);
  field.focus();
  stage.alert(phrase);
}

/** The typed code stays selected, so the next digit replaces it. */
export function refuseCode(stage: Stage, view: CodeStep, phrase: Phrase): void {
  view.setError(phrase);
  view.focus();
  view.field.input.select();
  stage.alert(phrase);
}

function suggestedBy(error: unknown): readonly unknown[] {
  const channels = error instanceof PhonegateError ? error.members.suggested_channels : undefined;
  return Array.isArray(channels) ? channels : [];
}

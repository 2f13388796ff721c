import { PhonegateError } from "../../phonegate-error.ts";
import type { Channel } from "../../wire.ts";
import type { CodeStep } from "./code-step.ts";
import { resendTimeAfter } from "./cooldown.ts";
import type { NumberStep } from "./number-step.ts";
import { explain } from "./problem-text.ts";
import type { Stage } from "./stage.ts";
import type { Texts } from "./texts.ts";

/** Shows on the step why something failed. `channels` are the other ways that may be offered. */
export function showRefusal(
  stage: Stage,
  error: unknown,
  texts: Texts,
  language: string,
  channels: readonly Channel[],
): void {
  const { shown } = stage;
  if (shown === undefined || shown.name === "done") return;
  const { text, about } = explain(error, texts, language);
  if (shown.name === "number") {
    const { view } = shown;
    view.setError(text, about === "number");
    if (about === "number") view.focus();
    view.offer(channels.filter((channel) => suggestedBy(error).includes(channel)));
  } else if (about === "code") {
    return refuseCode(stage, shown.view, text);
  } else if (about === "ended") {
    shown.view.end(text);
  } else {
    shown.view.frame.setError(text);
    if (error instanceof PhonegateError && error.retryAfterSeconds !== undefined)
      shown.view.resendAt = resendTimeAfter(error.retryAfterSeconds);
  }
  stage.alert(text);
}

export function refuseNumber(
  stage: Stage,
  view: NumberStep,
  text: string,
  field: HTMLElement = view.field.input,
): void {
  view.setError(text, true);
  field.focus();
  stage.alert(text);
}

/** What was typed stays and is selected: the next digit replaces it. */
export function refuseCode(stage: Stage, view: CodeStep, text: string): void {
  view.setError(text);
  view.focus();
  view.field.input.select();
  stage.alert(text);
}

function suggestedBy(error: unknown): readonly unknown[] {
  const channels = error instanceof PhonegateError ? error.members.suggested_channels : undefined;
  return Array.isArray(channels) ? channels : [];
}

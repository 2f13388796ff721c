import type { Channel } from "../../wire.ts";
import type { KnownConfig } from "./known-config.ts";
import { NumberStep } from "./number-step.ts";
import { fill } from "./phrase.ts";
import { refuseNumber } from "./refusal.ts";
import type { Settings } from "./settings.ts";
import type { Stage } from "./stage.ts";
import type { Words } from "./words.ts";

/** Builds the number step from the page's settings and the Worker's configuration. */
export class NumberViews {
  readonly #around: { readonly words: Words; readonly settings: Settings; readonly stage: Stage };
  readonly #config: KnownConfig;
  readonly #onSubmit: (channel?: Channel) => void;

  constructor(
    around: { readonly words: Words; readonly settings: Settings; readonly stage: Stage },
    config: KnownConfig,
    onSubmit: (channel?: Channel) => void,
  ) {
    this.#around = around;
    this.#config = config;
    this.#onSubmit = onSubmit;
  }

  /** Returns a new number step. It copies the user's input from `before`, if that is given. */
  make(before?: NumberStep): NumberStep {
    const { words, settings } = this.#around;
    const view = new NumberStep(words, settings.isStepUp, this.#onSubmit);
    this.configure(view);
    if (before !== undefined) view.field.take(before.field);
    return view;
  }

  configure(view: NumberStep | undefined): void {
    const { words, settings } = this.#around;
    const config = this.#config.value;
    if (config === undefined || view === undefined) return;
    view.field.fillCountries(config, settings.country(config));
    if (!settings.isStepUp) view.title = fill(words.of("titleFor"), { app: config.app_name });
  }

  /** Whether the user has entered a number that can be sent. If not, the view shows why. */
  isReady(view: NumberStep): boolean {
    const { words, settings, stage } = this.#around;
    const { to, country, needsCountry, select } = view.field;
    if (settings.isStepUp) return true;
    if (to === "") refuseNumber(stage, view, words.of("noNumber"));
    else if (country === undefined && needsCountry && this.#config.value !== undefined)
      refuseNumber(stage, view, words.of("noCountry"), select);
    else return true;
    return false;
  }
}

import { readConfig } from "../../src/config.ts";

/** The bindings of `wrangler.toml`. They are not settings. */
export const bindingNames = ["LIMITS", "PHONE_LEDGER", "SUBJECT_SESSIONS", "SEND_BUDGET"];

/**
 * Returns every name that the configuration reads, with each choice that leads to further settings.
 */
export async function settingsOfTheCode(): Promise<Set<string>> {
  const asked = new Set<string>();
  const choices = [{}, { OTP_ENGINE: "messaging" }, { OTP_FALLBACK: "messaging" }];
  for (const chosen of choices) {
    const env = new Proxy<Record<string, unknown>>(chosen, {
      get: (target, name) => {
        if (typeof name === "string") asked.add(name);
        return Reflect.get(target, name) as unknown;
      },
    });
    await readConfig(env, Date.now);
  }
  return new Set([...asked].filter((name) => !bindingNames.includes(name)));
}

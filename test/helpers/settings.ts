import { readConfig } from "../../src/config.ts";

/** Bindings of `wrangler.toml`, which are no settings. */
export const bindingNames = ["LIMITS", "PHONE_LEDGER", "SUBJECT_SESSIONS", "SEND_BUDGET"];

/** Every name that the configuration asks for, under each choice that opens a further branch. */
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
    await readConfig(env);
  }
  return new Set([...asked].filter((name) => !bindingNames.includes(name)));
}

// The tools' own lists of settings, against the settings that the configuration reads.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { placeholderSecrets } from "../../src/cli/doctor/stand-ins.ts";
import { askedNames } from "../../src/cli/setup/options.ts";
import { secretNames } from "../../src/config/secret-names.ts";
import { bindingNames, settingsOfTheCode } from "../helpers/settings.ts";

const root = join(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(root, path), "utf8");

/** What the tools' quoted names in capitals mean where they are no settings. */
const others = new Set([...bindingNames, "FLOOD", "FLOOD_BY_ID", "ISO", "PUT", "POST", "GET"]);

/** The names that a file of the tools has in quotes. */
const namesIn = (path: string) =>
  [...read(path).matchAll(/["'`]([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)["'`]/g)].map(
    ([, name = ""]) => name,
  );

const filesOf = (folder: string) =>
  readdirSync(join(root, folder)).map((name) => `${folder}/${name}`);

describe("the list of secrets", () => {
  /** A site key is public: every page that shows the widget has it. */
  const isSecret = (name: string) =>
    /(_SECRET|_TOKEN|_KEYS?(_\d)?|PEPPERS)$/.test(name) && name !== "TURNSTILE_SITE_KEY";

  it("has every setting whose name is that of a secret", async () => {
    const named = [...(await settingsOfTheCode())].filter(isSecret);
    expect(named.length).toBeGreaterThan(10);
    expect(secretNames).toEqual(expect.arrayContaining(named));
  });

  it("has nothing else but the sids that open Twilio", () => {
    expect(secretNames.filter((name) => !isSecret(name))).toEqual([
      "TWILIO_ACCOUNT_SID",
      "TWILIO_API_KEY_SID",
    ]);
  });

  it("has a stand-in of the doctor's for each secret that it cannot read", async () => {
    const withKey = secretNames.filter((name) => name !== "TWILIO_AUTH_TOKEN");
    const made = [
      await placeholderSecrets(new Set(secretNames), {}),
      await placeholderSecrets(new Set(withKey), {}),
    ].flatMap(Object.keys);
    expect(new Set(made)).toEqual(new Set(secretNames));
  });
});

describe("the lists of setup", () => {
  it("have every setting about Twilio", async () => {
    const code = [...(await settingsOfTheCode())].filter((name) => name.startsWith("TWILIO_"));
    expect([...askedNames]).toEqual(expect.arrayContaining(code));
  });
});

describe("a setting that the tools name", () => {
  it.each(["src/cli/setup", "src/cli/doctor", "src/cli", "src/pages"])(
    "is one of the configuration, in %s",
    async (folder) => {
      const code = await settingsOfTheCode();
      const known = (name: string) => code.has(name) || others.has(name);
      const named = filesOf(folder)
        .filter((path) => path.endsWith(".ts"))
        .flatMap(namesIn)
        .filter((name) => !/^(TWIN|PHONEGATE|WRANGLER|CLOUDFLARE)_/.test(name));
      expect(new Set(named.filter((name) => !known(name)))).toEqual(new Set());
    },
  );

  it("is one of the configuration, in the manifest of the Deploy button", async () => {
    const code = await settingsOfTheCode();
    const manifest: { cloudflare: { bindings: object } } = JSON.parse(read("package.json"));
    const named = Object.keys(manifest.cloudflare.bindings);
    expect(named.filter((name) => !code.has(name) && !bindingNames.includes(name))).toEqual([]);
    expect(named.length).toBeGreaterThan(5);
  });
});

// What the set-up page's script makes is what the Worker takes. It runs here in a context that has
// WebCrypto, the page's few elements, and no way to connect to anything.
import { webcrypto } from "node:crypto";
import { createContext, runInContext } from "node:vm";
import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { readKey, readPeppers, readSigningKeys } from "../../src/config/keys.ts";
import { EnvReader } from "../../src/lib/env-reader.ts";
import { setupScript } from "../../src/pages/setup-script.ts";

class Element extends EventTarget {
  value = "";
  textContent = "";
  dataset: Record<string, string>;

  constructor(dataset: Record<string, string> = {}) {
    super();
    this.dataset = dataset;
  }
}

async function press(names: readonly string[], subtle = true) {
  const fields = names.map((key) => new Element({ key }));
  const ids = { make: new Element(), said: new Element() };
  const origin = new Element();
  const document = {
    getElementById: (id: keyof typeof ids) => ids[id],
    querySelectorAll: (selector: string) =>
      ({ "[data-key]": fields, "[data-origin]": [origin] })[selector] ?? [],
  };
  const location = { origin: "https://phonegate.me.test" };
  const crypto = subtle ? webcrypto : {};
  const context = createContext({ document, location, crypto, TextEncoder, Uint8Array, btoa });
  runInContext(setupScript, context);
  ids.make.dispatchEvent(new Event("click"));
  for (let turns = 0; turns < 10_000 && ids.said.textContent === ""; turns++) await setImmediate();
  const values = Object.fromEntries(fields.map((each) => [each.dataset.key ?? "", each.value]));
  return { values, said: ids.said.textContent, origin: origin.textContent };
}

describe("the set-up page's script", () => {
  it("makes keys that the Worker takes, others each time", async () => {
    const names = ["SUBJECT_KEY", "PEPPERS", "SIGNING_KEYS"];
    const { values, origin } = await press(names);
    const reader = new EnvReader(values);
    expect(readKey(reader, "SUBJECT_KEY")).toHaveLength(32);
    expect(readPeppers(reader)).toMatchObject([{ version: 1 }]);
    expect(await readSigningKeys(reader)).toMatchObject([{ algorithm: "ES256" }]);
    expect(reader.problems).toEqual([]);
    expect(origin).toBe("https://phonegate.me.test");
    const again = await press(names);
    for (const name of names) expect(again.values[name]).not.toBe(values[name]);
  });

  it("makes only those that the page asks for", async () => {
    expect(Object.keys((await press(["PEPPERS"])).values)).toEqual(["PEPPERS"]);
  });

  it("says so where the browser has no WebCrypto", async () => {
    const { said, values } = await press(["SUBJECT_KEY"], false);
    expect(said).toContain("https pages alone");
    expect(values.SUBJECT_KEY).toBe("");
  });

  it("names nothing that could send", () => {
    expect(setupScript).not.toMatch(
      /fetch|XMLHttpRequest|WebSocket|EventSource|sendBeacon|import|eval|innerHTML|localStorage|cookie/,
    );
  });
});

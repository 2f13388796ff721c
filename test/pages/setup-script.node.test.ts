// The Worker accepts the keys that the set-up page's script generates. The script runs in a context
// that has WebCrypto and the page's few elements, and no way to open a connection.
import { webcrypto } from "node:crypto";
import { createContext, runInContext } from "node:vm";
import { setImmediate } from "node:timers/promises";
import { calculateJwkThumbprint, type JWK } from "jose";
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

async function pressGenerate(names: readonly string[], { subtle = true, algorithm = "" } = {}) {
  const fields = names.map((key) => new Element({ key }));
  const chosen = new Element();
  chosen.value = algorithm;
  const ids = {
    make: new Element(),
    status: new Element(),
    ...(algorithm !== "" && { algorithm: chosen }),
  };
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
  // An RSA key may take a while, so only the test's own time-out ends the wait.
  while (ids.status.textContent === "") await setImmediate();
  const values = Object.fromEntries(fields.map((each) => [each.dataset.key ?? "", each.value]));
  return { values, status: ids.status.textContent, origin: origin.textContent };
}

describe("the set-up page's script", () => {
  it("generates keys that the Worker accepts, different ones each time", async () => {
    const names = ["SUBJECT_KEY", "PEPPERS", "SIGNING_KEYS"];
    const { values, origin } = await pressGenerate(names);
    const reader = new EnvReader(values);
    expect(readKey(reader, "SUBJECT_KEY")).toHaveLength(32);
    expect(readPeppers(reader)).toMatchObject([{ version: 1 }]);
    expect(await readSigningKeys(reader)).toMatchObject([{ algorithm: "ES256" }]);
    expect(reader.problems).toEqual([]);
    expect(origin).toBe("https://phonegate.me.test");
    const again = await pressGenerate(names);
    for (const name of names) expect(again.values[name]).not.toBe(values[name]);
  });

  it.each(["ES256", "RS256"])(
    "generates a signing key of %s if the visitor chooses it",
    async (algorithm) => {
      const { values } = await pressGenerate(["SIGNING_KEYS"], { algorithm });
      const reader = new EnvReader(values);
      expect(await readSigningKeys(reader)).toMatchObject([{ algorithm }]);
      const { keys } = JSON.parse(values.SIGNING_KEYS ?? "") as { keys: [JWK] };
      expect(keys[0].kid).toBe(await calculateJwkThumbprint(keys[0]));
      expect(Object.keys(keys[0])).not.toContain("key_ops");
    },
  );

  it("generates only the keys that the page asks for", async () => {
    expect(Object.keys((await pressGenerate(["PEPPERS"])).values)).toEqual(["PEPPERS"]);
  });

  it("tells the visitor when the browser has no WebCrypto", async () => {
    const { status, values } = await pressGenerate(["SUBJECT_KEY"], { subtle: false });
    expect(status).toContain("only on https pages");
    expect(values.SUBJECT_KEY).toBe("");
  });

  it("uses no API that could send data", () => {
    expect(setupScript).not.toMatch(
      /fetch|XMLHttpRequest|WebSocket|EventSource|sendBeacon|import|eval|innerHTML|localStorage|cookie/,
    );
  });
});

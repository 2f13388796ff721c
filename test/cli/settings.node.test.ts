// `npm start` reads and writes these settings before it starts a process.
import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { createDevVars, devVarsText, readDevVar } from "../../src/cli/dev-vars.ts";
import { createFreshKeys } from "../../src/cli/keys.ts";
import { readPorts } from "../../src/cli/ports.ts";
import { judgeTwilioTarget } from "../../src/cli/twilio-target.ts";
import { readConfig } from "../../src/config.ts";

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "phonegate-settings-"));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

const twinUrl = "http://127.0.0.1:8788";

describe(".dev.vars", () => {
  it("is never overwritten, and no temporary file stays", async () => {
    const directory = await folder();
    const path = join(directory, ".dev.vars");
    await writeFile(path, "MINE=1\n");
    expect(await createDevVars(path, "OTHER=2\n")).toBe(false);
    expect(await readFile(path, "utf8")).toBe("MINE=1\n");
    expect(await readdir(directory)).toEqual([".dev.vars"]);
  });

  it("is not written through a link without a target", async () => {
    const directory = await folder();
    await symlink(join(directory, "elsewhere"), join(directory, ".dev.vars"));
    expect(await createDevVars(join(directory, ".dev.vars"), "A=1\n")).toBe(false);
    expect(await readdir(directory)).toEqual([".dev.vars"]);
  });

  it("is readable only by its owner", async () => {
    const directory = await folder();
    const path = join(directory, ".dev.vars");
    expect(await createDevVars(path, "A=1\n")).toBe(true);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(directory)).toEqual([".dev.vars"]);
  });

  it("is written once when several starts run at once", async () => {
    const path = join(await folder(), ".dev.vars");
    const texts = Array.from({ length: 10 }, (_, index) => `WRITER=${index}\n`);
    const outcomes = await Promise.all(texts.map((text) => createDevVars(path, text)));
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    expect(await readFile(path, "utf8")).toBe(texts[outcomes.indexOf(true)]);
  });

  it("holds settings that the Worker accepts", async () => {
    const settings = parseEnv(devVarsText(await createFreshKeys(), twinUrl));
    const bindings = { LIMITS: {}, PHONE_LEDGER: {}, SEND_BUDGET: {}, SUBJECT_SESSIONS: {} };
    const outcome = await readConfig({ ...settings, ...bindings }, Date.now);
    expect(outcome.kind === "ok" ? outcome.config : outcome).toMatchObject({ development: true });
  });

  it("has new keys each time", async () => {
    const [one, other] = await Promise.all([createFreshKeys(), createFreshKeys()]);
    expect(one.subjectKey).not.toBe(other.subjectKey);
    expect(one.peppers).not.toBe(other.peppers);
    expect(one.signingKeys).not.toBe(other.signingKeys);
    expect(one.peppers).not.toContain(one.subjectKey);
  });

  it("without TWILIO_BASE_URL, or with an empty value, selects the real Twilio", async () => {
    const path = join(await folder(), ".dev.vars");
    await writeFile(path, "# TWILIO_BASE_URL=http://127.0.0.1:8788\nTWILIO_BASE_URL=\n");
    expect(await readDevVar(path, "TWILIO_BASE_URL")).toBeUndefined();
    await writeFile(path, 'TWILIO_BASE_URL="http://127.0.0.1:8788" # the twin\n');
    expect(await readDevVar(path, "TWILIO_BASE_URL")).toBe(twinUrl);
  });
});

describe("the Worker calls", () => {
  const elsewhere = (configured: string, local: boolean): object => ({
    kind: "elsewhere",
    configured,
    local,
  });

  it.each([
    ["Twilio without a base URL", undefined, true, { kind: "twilio" }],
    ["the twin at its port", twinUrl, false, { kind: "twin" }],
    ["the twin under the name localhost", "http://localhost:8788/", false, { kind: "twin" }],
    [
      "the twin, not another local port, when TWIN_PORT was chosen",
      "http://127.0.0.1:9",
      true,
      { kind: "twin_instead", baseUrl: twinUrl, configured: "http://127.0.0.1:9" },
    ],
    [
      "another local port when TWIN_PORT was not chosen",
      "http://127.0.0.1:9",
      false,
      elsewhere("http://127.0.0.1:9", true),
    ],
    [
      "another host even when TWIN_PORT was chosen",
      "http://127.0.0.1.example.com:8788",
      true,
      elsewhere("http://127.0.0.1.example.com:8788", false),
    ],
    [
      "another address, and its password is not shown",
      "https://me:secret@example.com/path",
      true,
      elsewhere("https://example.com", false),
    ],
    ["an unreadable address", "twin", true, elsewhere("an address it cannot read", false)],
  ] as const)("%s", (_title, baseUrl, chosen, target) => {
    expect(judgeTwilioTarget(baseUrl, 8788, chosen)).toEqual(target);
  });
});

describe("PORT and TWIN_PORT", () => {
  it("default to 8787 and 8788, also when they are empty", () => {
    const defaults = { worker: 8787, twin: 8788, twinIsChosen: false };
    expect(readPorts({})).toEqual(defaults);
    expect(readPorts({ PORT: "", TWIN_PORT: "" })).toEqual(defaults);
    expect(readPorts({ TWIN_PORT: "8788" })).toEqual({ ...defaults, twinIsChosen: true });
  });

  it.each(["0", "65536", "80a", "-1", "8787.5", "0x10", " 8787"])("refuse %j", (text) => {
    expect(readPorts({ PORT: text })).toBe(
      `PORT must be a number from 1 to 65535, not ${JSON.stringify(text)}.`,
    );
    expect(readPorts({ TWIN_PORT: text })).toMatch(/^TWIN_PORT must be/);
  });

  it("cannot be the same", () => {
    expect(readPorts({ PORT: "8788" })).toMatch(/cannot share port 8788: set PORT or TWIN_PORT/);
  });
});

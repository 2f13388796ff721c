// `npm run keys`. The Worker's own parser reads the printed keys.
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { main } from "../../src/cli/keys-command.ts";
import {
  createServiceKey,
  isClientId,
  parsePurposes,
  servicePurposes,
} from "../../src/cli/service-key.ts";
import { readPeppers, readSigningKeys } from "../../src/config/keys.ts";
import { readServiceKeys } from "../../src/config/service-keys.ts";
import { purposes } from "../../src/contract/words.ts";
import { EnvReader } from "../../src/lib/env-reader.ts";
import { parseWebhookSecrets } from "../../src/lib/standard-webhooks.ts";

/** Runs the command in the test's process, without files and without wrangler. */
async function keys(...args: string[]) {
  let [stdout, stderr] = ["", ""];
  const untouched = () => Promise.reject(new Error("wrangler is not called"));
  const exitCode = await main(
    args,
    {},
    {
      directory: "/nowhere",
      canAsk: false,
      hasColours: false,
      say: (text) => (stdout += `${text}\n`),
      complain: (text) => (stderr += `${text}\n`),
      wrangler: { run: untouched, show: untouched },
    },
  );
  return { exitCode, stdout, stderr };
}

/** Returns the only indented line that matches. */
function lineOf(output: string, pattern: RegExp): string {
  const lines = output.split("\n").filter((line) => line.startsWith("  "));
  const found = lines.map((line) => line.trim()).filter((line) => pattern.test(line));
  expect(found).toHaveLength(1);
  return found[0] ?? "";
}

describe("npm run keys refuses", () => {
  const service = ["service", "--client-id", "shop", "--purposes", "two_factor"];

  it.each([
    [[], "Name the kind of key: service, signing, pepper, webhook."],
    [["toString"], "Name the kind of key"],
    [["--client-id", "shop"], "Name the kind of key"],
    [["service"], "--client-id must be given exactly once."],
    [["service", "--client-id", "shop"], "--purposes, --scopes or both must be given."],
    [["service", "--client-id", "shop", "--purposes="], "--purposes must be given exactly once."],
    [
      ["service", "--client-id", "shop", "--scopes", "read"],
      "--scopes must be a comma-separated list",
    ],
    [
      [...service, "--scopes", "admin", "--scopes", "subjects"],
      "--scopes must be given exactly once.",
    ],
    [
      ["service", "--client-id=", "--purposes=two_factor"],
      "--client-id must be given exactly once.",
    ],
    [[...service, "--client-id", "other"], "--client-id must be given exactly once."],
    [[...service, "--purpose", "transaction"], "Unknown option '--purpose'"],
    [[...service, "transaction"], "Unexpected argument 'transaction'"],
    [["service", "--client-id", "a b", "--purposes", "two_factor"], "--client-id must be 1 to 64"],
    [
      ["service", "--client-id", "shop", "--purposes", "step_up"],
      "--purposes must be a comma-separated list",
    ],
    [["signing"], "--algorithm must be given exactly once."],
    [["signing", "--algorithm", "PS256"], "--algorithm must be one of ES256, EdDSA, RS256."],
    [["--alg", "HS256"], "--algorithm must be one of ES256, EdDSA, RS256."],
    [["--alg"], "argument missing"],
    [["--alg", "RS256", "--alg", "ES256"], "--algorithm must be given exactly once."],
    [["--algo", "RS256"], "Name the kind of key"],
    [["signing", "--algorithm", "ES256", "--kid", "a"], "Unknown option '--kid'"],
    [["pepper"], "--version must be given exactly once."],
    [["pepper", "--version", "0"], "--version must be a number from 1 to 255"],
    [["pepper", "--version", "256"], "--version must be a number from 1 to 255"],
    [["webhook", "--version", "1"], "Unknown option '--version'"],
  ])("%j, and generates no key", async (args, problem) => {
    const { exitCode, stdout, stderr } = await keys(...args);
    expect([exitCode, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(problem);
    expect(stderr).toContain("npm run keys -- service --client-id my-backend");
  });
});

describe("npm run keys generates", () => {
  it("a secret of Standard Webhooks, another one each time", async () => {
    const made: string[] = [];
    for (let time = 0; time < 2; time += 1) {
      const { exitCode, stdout, stderr } = await keys("webhook");
      expect([exitCode, stderr]).toEqual([0, ""]);
      made.push(lineOf(stdout, /^whsec_/));
    }
    for (const secret of made) expect(parseWebhookSecrets(secret)?.[0]).toHaveLength(32);
    expect(new Set(made).size).toBe(2);
  });

  it("a service key, which it prints once, and the entry with its hash", async () => {
    const args = ["--client-id", "my-backend", "--purposes", "two_factor,transaction"];
    const { exitCode, stdout, stderr } = await keys("service", ...args);
    expect([exitCode, stderr]).toEqual([0, ""]);
    const key = lineOf(stdout, /^sk_[A-Za-z0-9_-]{43}$/);
    expect(stdout.split(key)).toHaveLength(2);
    const entry = lineOf(stdout, /^\{.*\}$/);
    const reader = new EnvReader({ SERVICE_KEYS: `[${entry}]` });
    expect(readServiceKeys(reader, new Set(["two_factor", "transaction"]))).toHaveLength(1);
    expect(reader.problems).toEqual([]);
    expect(JSON.parse(entry)).toEqual({
      client_id: "my-backend",
      sha256: createHash("sha256").update(key).digest("hex"),
      purposes: ["two_factor", "transaction"],
    });
    expect(stdout).toMatch(/npx wrangler secret put SERVICE_KEYS[\s\S]*To rotate/);
  });

  it("a service key with scopes only or with purposes too, and lists its permissions", async () => {
    const made = async (...args: string[]) => {
      const { stdout } = await keys("service", "--client-id", "shop", ...args);
      const entry = lineOf(stdout, /^\{.*\}$/);
      const reader = new EnvReader({ SERVICE_KEYS: `[${entry}]` });
      const [key] = readServiceKeys(reader, new Set(["two_factor"]));
      expect(reader.problems).toEqual(
        args.includes("--purposes")
          ? []
          : ["SERVICE_KEYS: must list a key for two_factor, since PURPOSES does"],
      );
      return { key, stdout };
    };
    const asks = await made("--scopes", "introspect,subjects");
    expect(asks.key).toMatchObject({
      purposes: new Set(),
      scopes: new Set(["introspect", "subjects"]),
    });
    expect(asks.stdout).toContain("read the user and the phone number of a token");
    expect(asks.stdout).not.toContain("that you pay for");
    const both = await made("--scopes", "admin", "--purposes", "two_factor");
    expect(both.key).toMatchObject({
      purposes: new Set(["two_factor"]),
      scopes: new Set(["admin", "admin:read"]),
    });
    expect(both.stdout).toContain("start verifications that you pay for, and override the guard");
  });

  it.each([
    ["ES256", ["signing", "--algorithm", "ES256"]],
    ["EdDSA", ["signing", "--algorithm", "EdDSA"]],
    ["RS256", ["signing", "--algorithm", "RS256"]],
    ["RS256", ["--alg", "RS256"]],
    ["EdDSA", ["--alg=EdDSA"]],
  ])("a signing key for %s that the Worker accepts: %j", async (algorithm, args) => {
    const { exitCode, stdout } = await keys(...args);
    expect(exitCode).toBe(0);
    const jwk = lineOf(stdout, /^\{"kid".*\}$/);
    const reader = new EnvReader({ SIGNING_KEYS: `{"keys":[${jwk}]}` });
    expect(await readSigningKeys(reader)).toMatchObject([{ algorithm }]);
    expect(reader.problems).toEqual([]);
    expect(stdout).toMatch(/npx wrangler secret put SIGNING_KEYS[\s\S]*To rotate/);
  });

  it("a pepper that the Worker accepts before an older one", async () => {
    const [newer, older] = [
      await keys("pepper", "--version", "2"),
      await keys("pepper", "--version=1"),
    ];
    const listed = [newer, older].map(({ stdout }) => lineOf(stdout, /^\d+:[\w-]{43}$/));
    const reader = new EnvReader({ PEPPERS: listed.join(",") });
    expect(readPeppers(reader)?.map(({ version }) => version)).toEqual([2, 1]);
    expect(reader.problems).toEqual([]);
    expect(newer.stdout).toMatch(/npx wrangler secret put PEPPERS[\s\S]*To rotate/);
  });
});

describe("npm run keys", () => {
  it("prints its usage with --help", async () => {
    for (const args of [["--help"], ["service", "--help"]]) {
      const { exitCode, stdout, stderr } = await keys(...args);
      expect([exitCode, stderr]).toEqual([0, ""]);
      expect(stdout).toContain("npm run keys -- service --client-id my-backend");
    }
  });

  it.each([
    ["admin", undefined],
    ["two_factor,admin", "must list two_factor too"],
    ["two_factor,transaction", "must list two_factor, transaction too"],
  ])("says for %s what PURPOSES must list, but never admin", async (list, expected) => {
    const { stdout } = await keys("service", "--client-id", "shop", "--purposes", list);
    const note = stdout.split("\n").find((line) => line.includes("PURPOSES"));
    expect(note).toEqual(expected && expect.stringContaining(expected));
    const reader = new EnvReader({ SERVICE_KEYS: `[${lineOf(stdout, /^\{.*\}$/)}]` });
    const enabled = purposes.filter((purpose) => list.split(",").includes(purpose));
    expect(readServiceKeys(reader, new Set(enabled))).toHaveLength(1);
    expect(reader.problems).toEqual([]);
  });
});

describe("a service key", () => {
  it("has 256 new random bits each time", () => {
    const made = Array.from({ length: 1000 }, () => createServiceKey("shop", ["two_factor"]).key);
    expect(new Set(made).size).toBe(1000);
    for (const key of made) expect(Buffer.from(key.slice(3), "base64url")).toHaveLength(32);
  });

  it("can have every purpose of the contract except step_up", () => {
    expect([...servicePurposes, "step_up"].toSorted()).toEqual(purposes.toSorted());
  });

  it.each(["", "two_factor,", "two-factor", "two_factor two_factor", "step_up"])(
    "cannot have the purposes %j",
    (list) => {
      expect(parsePurposes(list)).toMatch(/must be a comma-separated list/);
    },
  );

  it("names each purpose once", () => {
    expect(parsePurposes("two_factor,two_factor")).toBe("--purposes has an entry twice.");
    expect(parsePurposes("two_factor, transaction")).toEqual(["two_factor", "transaction"]);
  });

  it.each(["", "-shop", ".shop", "my shop", "shop\n", "läden", "a".repeat(65), "a/b", "a:b"])(
    "cannot have the client id %j",
    (text) => {
      expect(isClientId(text)).toBe(false);
    },
  );
});

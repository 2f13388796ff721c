// `npm run setup`. The real twin replaces Twilio, and only wrangler is a fake.
import { stat } from "node:fs/promises";
import { createServer } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { describe, expect, it } from "vitest";
import { readManifest } from "../../src/cli/cloudflare/wrangler-toml.ts";
import { readConfig } from "../../src/config.ts";
import {
  TWIN_AUTH_TOKEN,
  TWIN_FROM,
  TWIN_MESSAGING_SERVICE_SID,
  TWIN_VERIFY_SERVICE_SID,
  TWIN_VERIFY_SERVICE_SID_TRANSACTION,
} from "../../src/twin/seed.ts";
import { byApiKey, byToken, deploymentFlags, Operator } from "./operator.ts";

const newServices = [...deploymentFlags, "--app-name=Shop"];

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Returns the settings of the deployment as the Worker would get them. */
async function deployed(operator: Operator) {
  const manifest = readManifest(await operator.copy.read("wrangler.toml"));
  if (typeof manifest === "string") throw new Error(manifest);
  const vars = parseEnv(await operator.copy.read("deployment.vars"));
  const { secrets } = await operator.cloudflare();
  const names = [...manifest.kvNamespaces.keys(), ...manifest.durableObjects.keys()];
  const bindings = Object.fromEntries(names.map((name) => [name, {}]));
  return {
    secrets,
    vars,
    config: await readConfig({ ...manifest.vars, ...vars, ...secrets, ...bindings }, Date.now),
  };
}

/** Expects that no command has printed a secret. */
async function expectNoSecretPrinted(operator: Operator): Promise<void> {
  const { secrets } = await operator.cloudflare();
  const files = await Promise.all(
    [".dev.vars", ".secrets.production"].map((file) => operator.copy.read(file).catch(() => "")),
  );
  const kept = files.flatMap((file) => Object.entries(parseEnv(file)));
  const comments = files.flatMap((file) => file.match(/sk_[\w-]{43}/g) ?? []);
  const named = [...Object.entries(secrets), ...kept].filter(
    ([name]) => /TOKEN|SECRET|KEY|PEPPERS/.test(name) && !name.endsWith("_SID"),
  );
  const values = [...named.map(([, value]) => value ?? ""), ...comments, TWIN_AUTH_TOKEN];
  const pieces = values.flatMap((value) => [value, ...(value.match(/[\w-]{40,}/g) ?? [])]);
  for (const piece of pieces.filter((each) => each.length >= 16))
    expect(operator.printed.includes(piece), "a secret was printed").toBe(false);
}

describe("npm run setup", () => {
  it("sets up a complete deployment from nothing", async () => {
    const operator = await Operator.create();
    const before = await operator.copy.read("wrangler.toml");
    const run = await operator.setup([...newServices, "--purposes=sign_in,transaction"]);
    expect([run.exitCode, run.stderr]).toEqual([0, ""]);

    const { config, vars, secrets } = await deployed(operator);
    expect(config).toMatchObject({ kind: "ok", config: { development: false, appName: "Shop" } });
    const made = (await operator.services()).slice(-2);
    expect(made).toMatchObject([
      { friendly_name: "Shop", code_length: 6 },
      { friendly_name: "Shop transaction", psd2_enabled: true },
    ]);
    expect(vars.TWILIO_VERIFY_SERVICE_SID).toBe(made[0]?.sid);
    expect(vars.TWILIO_BASE_URL).toBeUndefined();
    expect(Object.keys(secrets).toSorted()).toEqual([
      "PEPPERS",
      "SERVICE_KEYS",
      "SIGNING_KEYS",
      "SUBJECT_KEY",
      "TWILIO_ACCOUNT_SID",
      "TWILIO_AUTH_TOKEN",
    ]);
    // Secrets go through stdin: no argument contains one.
    expect((await operator.cloudflare()).calls).toContain("secret bulk --name phonegate");
    const kept = parseEnv(await operator.copy.read(".secrets.production"));
    expect(kept.SUBJECT_KEY).toBe(secrets.SUBJECT_KEY);
    const { mode } = await stat(join(operator.copy.directory, ".secrets.production"));
    expect(mode & 0o777).toBe(0o600);
    expect(await operator.copy.read("wrangler.toml")).toBe(before);
    await expectNoSecretPrinted(operator);
  });

  it("is idempotent: a second run changes no setting and no deployed key", async () => {
    const operator = await Operator.create();
    await operator.setup(newServices);
    const first = await deployed(operator);
    const settings = await operator.copy.read("deployment.vars");
    const kept = await operator.copy.read(".secrets.production");
    const again = await operator.setup([]);
    expect([again.exitCode, again.stderr]).toEqual([0, ""]);
    expect((await deployed(operator)).secrets).toEqual(first.secrets);
    expect(await operator.copy.read("deployment.vars")).toBe(settings);
    expect(await operator.copy.read(".secrets.production")).toBe(kept);
    expect(await operator.services()).toHaveLength(5);
    expect(again.stdout).toMatch(/Already deployed and not changed: .*SUBJECT_KEY/);
  });

  it("keeps the operator's earlier choices when it is run again", async () => {
    const operator = await Operator.create();
    const chosen = [
      `--verify-service=${TWIN_VERIFY_SERVICE_SID_TRANSACTION}`,
      "--region=ie1",
      "--edge=dublin",
    ];
    expect((await operator.setup([...newServices, ...chosen])).exitCode).toBe(0);
    // A new set-up would choose this service, because it has the app's name.
    await operator.createService("Shop");
    const again = await operator.setup([]);
    expect([again.exitCode, again.stderr]).toEqual([0, ""]);
    expect((await deployed(operator)).config).toMatchObject({
      kind: "ok",
      config: {
        engine: { services: new Map([["sign_in", TWIN_VERIFY_SERVICE_SID_TRANSACTION]]) },
        twilio: { region: "ie1", edge: "dublin" },
      },
    });
  });

  it("keeps the sender of the engine messaging, which a new set-up could not choose by itself", async () => {
    const operator = await Operator.create();
    const flags = [...newServices, "--engine=messaging", `--from=${TWIN_FROM}`];
    expect((await operator.setup(flags)).exitCode).toBe(0);
    const again = await operator.setup([]);
    expect([again.exitCode, again.stderr]).toEqual([0, ""]);
    expect((await deployed(operator)).config).toMatchObject({
      kind: "ok",
      config: { engine: { name: "messaging", ownCode: { sender: { from: TWIN_FROM } } } },
    });
  });

  it("replaces the sender when another sender is given", async () => {
    const operator = await Operator.create();
    const flags = [...newServices, "--engine=messaging"];
    const service = `--messaging-service=${TWIN_MESSAGING_SERVICE_SID}`;
    expect((await operator.setup([...flags, service])).exitCode).toBe(0);
    const again = await operator.setup([`--from=${TWIN_FROM}`]);
    expect([again.exitCode, again.stderr]).toEqual([0, ""]);
    const { vars } = await deployed(operator);
    expect([vars.TWILIO_FROM, vars.TWILIO_MESSAGING_SERVICE_SID]).toEqual([TWIN_FROM, ""]);
  });

  it("moves the settings of an earlier version out of wrangler.toml", async () => {
    const operator = await Operator.create();
    await operator.vars({
      LIMIT_SEND_TOTAL: "77/1d",
      TWILIO_VERIFY_SERVICE_SID: TWIN_VERIFY_SERVICE_SID_TRANSACTION,
      PEPPERS: "1:a-secret-that-should-not-be-there",
    });
    const run = await operator.setup(newServices);
    expect(run.exitCode).toBe(0);
    expect(run.stdout).toContain(": moved from wrangler.toml to deployment.vars");
    expect((await deployed(operator)).vars).toMatchObject({
      LIMIT_SEND_TOTAL: "77/1d",
      TWILIO_VERIFY_SERVICE_SID: TWIN_VERIFY_SERVICE_SID_TRANSACTION,
    });
    expect(await operator.copy.read("deployment.vars")).not.toContain("PEPPERS");
  });

  it("makes a dry run without a login to Cloudflare, and reports what it could not check", async () => {
    const operator = await Operator.create({ loggedIn: false });
    const run = await operator.setup([...newServices, "--dry-run"]);
    expect([run.exitCode, run.stderr]).toEqual([0, ""]);
    expect(run.stdout).toContain(
      "wrangler is not logged in to Cloudflare, so the steps are those of a first deployment",
    );
    expect(run.stdout).toContain("  - Set the secrets");
  });

  it("generates no SUBJECT_KEY if one is deployed, even if this machine does not know it", async () => {
    const secrets = { SUBJECT_KEY: "the-one-that-names-all-users", PEPPERS: "kept" };
    const operator = await Operator.create({ workerExists: true, secrets });
    const run = await operator.setup(newServices);
    expect(run.exitCode).toBe(0);
    expect((await operator.cloudflare()).secrets).toMatchObject(secrets);
    const kept = parseEnv(await operator.copy.read(".secrets.production"));
    expect(Object.keys(kept)).toEqual(["SIGNING_KEYS"]);
  });

  it("shows each step with --dry-run and changes nothing", async () => {
    const operator = await Operator.create();
    const run = await operator.setup([...newServices, "--dry-run"]);
    expect(run.exitCode).toBe(0);
    for (const step of [
      "Generate the keys",
      "Create the Verify service",
      "Write deployment.vars",
      "Set the secrets",
    ])
      expect(run.stdout).toContain(`  - ${step}`);
    expect(run.stdout).toContain("nothing was changed");
    for (const file of ["deployment.vars", ".secrets.production"])
      await expect(operator.copy.read(file)).rejects.toThrow("ENOENT");
    expect(await operator.services()).toHaveLength(4);
    expect((await operator.cloudflare()).calls).toEqual([
      "whoami --json",
      "secret list --name phonegate",
    ]);
  });

  it("uses each existing service for one purpose, and creates a service when asked", async () => {
    const operator = await Operator.create();
    const flags = [...newServices, "--purposes=sign_in,transaction", "--code-length=8"];
    const own = `--verify-service=${TWIN_VERIFY_SERVICE_SID}`;
    const twice = await operator.setup([
      ...flags,
      own,
      `--verify-service-transaction=${TWIN_VERIFY_SERVICE_SID}`,
    ]);
    expect([twice.exitCode, twice.stdout]).toEqual([1, "Calling Twilio …\n"]);
    expect(twice.stderr).toContain("TWILIO_VERIFY_SERVICE_SID_TRANSACTION is not a Verify service");
    expect(
      (await operator.setup([...flags, own, "--verify-service-transaction=new"])).exitCode,
    ).toBe(0);
    expect((await operator.services()).at(-1)).toMatchObject({
      code_length: 8,
      friendly_name: "Shop transaction",
    });
    const { vars } = await deployed(operator);
    expect(vars.TWILIO_VERIFY_SERVICE_SID).toBe(TWIN_VERIFY_SERVICE_SID);
  });

  it("finds the sender of the engine messaging, and reports when there are several", async () => {
    const operator = await Operator.create();
    const flags = [...newServices, "--engine=messaging"];
    const several = await operator.setup(flags);
    expect(several.exitCode).toBe(1);
    expect(several.stderr).toMatch(/The account has several senders: \+12015550193, .*\(MG/);
    expect(several.stderr).toContain("--from");
    const wrong = await operator.setup([...flags, "--from=+12015550142"]);
    expect(wrong.stderr).toContain("The given sender cannot send texts");
    expect((await operator.setup([...flags, `--from=${TWIN_FROM}`])).exitCode).toBe(0);
    expect((await deployed(operator)).config).toMatchObject({
      kind: "ok",
      config: { engine: { name: "messaging", ownCode: { sender: { from: TWIN_FROM } } } },
    });
  });
});

describe("npm run setup -- --local", () => {
  it("writes a .dev.vars that the Worker accepts, and keeps its other lines", async () => {
    const operator = await Operator.create();
    await operator.copy.write(
      ".dev.vars",
      "# mine\nLIMIT_SEND_PER_IP=99/1h\nSUBJECT_KEY=of-this-machine\n",
    );
    const run = await operator.setup(["--local", "--app-name=Shop"]);
    expect([run.exitCode, run.stderr]).toEqual([0, ""]);
    const text = await operator.copy.read(".dev.vars");
    expect(text.startsWith("# mine\nLIMIT_SEND_PER_IP=99/1h\nSUBJECT_KEY=of-this-machine\n")).toBe(
      true,
    );
    expect((await operator.services()).at(-1)?.sid).toBe(parseEnv(text).TWILIO_VERIFY_SERVICE_SID);
    expect((await operator.cloudflare()).calls).toEqual([]);
    await expectNoSecretPrinted(operator);
  });

  it("replaces existing values only with --force, and a key never", async () => {
    const operator = await Operator.create();
    const mine = "TWILIO_ACCOUNT_SID=ACbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\nPEPPERS=mine\n";
    await operator.copy.write(".dev.vars", mine);
    const refused = await operator.setup(["--local"]);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain(".dev.vars has other values of TWILIO_ACCOUNT_SID");
    expect(await operator.copy.read(".dev.vars")).toBe(mine);
    expect((await operator.setup(["--local", "--force"])).exitCode).toBe(0);
    const values = parseEnv(await operator.copy.read(".dev.vars"));
    expect(values).toMatchObject({ ...byToken, PEPPERS: "mine" });
  });
});

describe("npm run setup fails, changes nothing, and names the cure:", () => {
  const otherSid = `AC${"b".repeat(32)}`;
  it.each([
    [
      "a wrong account sid",
      { ...byToken, TWILIO_ACCOUNT_SID: otherSid },
      /refuses the credentials \(20003\)[\s\S]*TWILIO_ACCOUNT_SID/,
    ],
    [
      "a wrong auth token",
      { ...byToken, TWILIO_AUTH_TOKEN: "f".repeat(32) },
      /refuses the credentials[\s\S]*TWILIO_AUTH_TOKEN/,
    ],
    [
      "a wrong API key",
      { ...byApiKey, TWILIO_API_KEY_SECRET: "f".repeat(32) },
      /refuses the credentials[\s\S]*both parts of the API key/,
    ],
    [
      "an API key of another account",
      { ...byApiKey, TWILIO_ACCOUNT_SID: otherSid },
      /belongs to another account than TWILIO_ACCOUNT_SID/,
    ],
  ])("%s", async (_name, env, cure) => {
    const operator = await Operator.create();
    const run = await operator.setup(newServices, env);
    expect(run.exitCode).toBe(1);
    expect(run.stderr).toMatch(cure);
    expect(run.stderr).toContain("Nothing was changed.");
    expect((await operator.cloudflare()).calls).toEqual([]);
    expect(await operator.services()).toHaveLength(4);
    expect(run.stderr + run.stdout).not.toContain("f".repeat(32));
  });

  it("an unreachable Twilio", async () => {
    const operator = await Operator.create();
    const url = `http://127.0.0.1:${await closedPort()}`;
    const run = await operator.run("setup", ["--twilio-base-url", url, ...newServices], byToken);
    expect(run.exitCode).toBe(1);
    expect(run.stderr).toContain(`Twilio did not answer at ${url}`);
    expect(run.stderr).toContain("npm start");
  });

  it("credentials without the permission (403)", async () => {
    const operator = await Operator.create();
    await operator.twin("/twin/faults", { product: "verify", count: 1, status: 403, code: 70051 });
    const run = await operator.setup(newServices, byApiKey);
    expect(run.exitCode).toBe(1);
    expect(run.stderr).toMatch(
      /may not use this account \(70051\)[\s\S]*give the restricted key this permission/,
    );
  });

  it("a suspended account", async () => {
    const operator = await Operator.create();
    await operator.twin("/twin/account", { status: "suspended" });
    expect((await operator.setup(newServices)).stderr).toContain("The Twilio account is suspended");
  });

  it("a missing Verify service", async () => {
    const operator = await Operator.create();
    const run = await operator.setup([...newServices, `--verify-service=VA${"e".repeat(32)}`]);
    expect([run.exitCode, run.stderr]).toEqual([
      1,
      expect.stringContaining("is not a Verify service of this account"),
    ]);
  });

  it("a wrangler that is not logged in", async () => {
    const operator = await Operator.create({ loggedIn: false });
    const run = await operator.setup(newServices);
    expect(run.exitCode).toBe(1);
    expect(run.stderr).toContain("wrangler is not logged in to Cloudflare");
    expect(run.stderr).toContain("npx wrangler login");
    expect(await operator.services()).toHaveLength(4);
  });

  it("all missing and wrong settings, reported together", async () => {
    const operator = await Operator.create();
    const run = await operator.setup(["--issuer=http://shop.test", "--countries=UK"], {});
    expect(run.exitCode).toBe(2);
    for (const name of ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "ISSUER", "ALLOWED_COUNTRIES"])
      expect(run.stderr).toContain(`  ${name}: `);
  });

  it.each([
    [["--isuer=https://a.test"], "Unknown option '--isuer'"],
    [["--auth-token=x"], "A secret has no flag"],
    [["--code-length=3"], "--code-length must be a number from 4 to 10"],
    [["--force"], "--force needs --local"],
    [["extra"], "Unexpected argument 'extra'"],
  ])("the arguments %j", async (args, problem) => {
    const operator = await Operator.create();
    const run = await operator.run("setup", args, byToken);
    expect([run.exitCode, run.stdout]).toEqual([2, ""]);
    expect(run.stderr).toContain(problem);
  });
});

describe("npm run setup continues after", () => {
  it("a failed `secret bulk`, and reports which steps were done", async () => {
    const operator = await Operator.create({
      failures: { "secret bulk": "Authentication error [code: 10000]" },
    });
    const broken = await operator.setup(newServices);
    expect(broken.exitCode).toBe(1);
    const [, done = "", left = ""] =
      /Done:\n([\s\S]*)Not done:\n([\s\S]*)Correct this and run `npm run setup` again/.exec(
        broken.stderr,
      ) ?? [];
    expect(done).toContain("Create the Verify service");
    expect(left).toContain("Set the secrets");
    const madeBefore = await operator.services();
    const keysBefore = await operator.copy.read(".secrets.production");

    await operator.changeCloudflare({ failures: {} });
    expect((await operator.setup(newServices)).exitCode).toBe(0);
    expect(await operator.services()).toEqual(madeBefore);
    expect(await operator.copy.read(".secrets.production")).toBe(keysBefore);
    expect((await deployed(operator)).config).toMatchObject({ kind: "ok" });
    await expectNoSecretPrinted(operator);
  });

  it("a refused second service, and does not create the first one again", async () => {
    const operator = await Operator.create();
    const flags = [...newServices, "--purposes=sign_in,step_up"];
    // The third call to Verify fails: the first two list the services and create the first one.
    await operator.twin("/twin/faults", { product: "verify", count: 2, delay_ms: 1 });
    await operator.twin("/twin/faults", { product: "verify", count: 1, status: 429, code: 20429 });
    const broken = await operator.setup(flags);
    expect(broken.stderr).toContain("Twilio received too many requests (20429)");
    expect(await operator.services()).toHaveLength(5);
    expect((await operator.setup(flags)).exitCode).toBe(0);
    expect(await operator.services()).toHaveLength(6);
  });
});

describe("npm run setup notes", () => {
  it("a trial account", async () => {
    const operator = await Operator.create();
    await operator.twin("/twin/account", { type: "Trial" });
    const run = await operator.setup([...newServices, "--dry-run"]);
    expect([run.exitCode, run.stdout]).toEqual([
      0,
      expect.stringContaining("This is a trial account"),
    ]);
  });

  it("an API key without the main token, with the engine messaging", async () => {
    const operator = await Operator.create();
    const flags = [...newServices, "--engine=messaging", `--from=${TWIN_FROM}`, "--dry-run"];
    const run = await operator.setup(flags, byApiKey);
    expect(run.exitCode).toBe(0);
    expect(run.stdout).toContain("Without TWILIO_AUTH_TOKEN the signatures of delivery reports");
    expect(run.stdout).toContain("it is unknown whether it is a trial account");
  });

  it("nothing about an existing transaction service without PSD2, which the doctor reports", async () => {
    const operator = await Operator.create();
    const flags = [...newServices, "--purposes=transaction"];
    const own = `--verify-service-transaction=${TWIN_VERIFY_SERVICE_SID_TRANSACTION}`;
    expect((await operator.setup([...flags, own])).exitCode).toBe(0);
  });
});

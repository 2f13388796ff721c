// `npm run doctor` and `npm run deploy`. The real twin replaces Twilio, and a fake replaces
// wrangler.
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { parseEnv } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { createFreshKeys, createSigningJwk } from "../../src/cli/keys.ts";
import { createServiceKey } from "../../src/cli/service-key.ts";
import { skewRow } from "../../src/cli/doctor/twilio-rows.ts";
import {
  TWIN_FROM,
  TWIN_VERIFY_SERVICE_SID,
  TWIN_VERIFY_SERVICE_SID_TRANSACTION,
} from "../../src/twin/seed.ts";
import { byApiKey, byToken, deploymentFlags, Operator } from "./operator.ts";

const named = (rows: readonly Record<string, string>[], name: string) =>
  rows.find((row) => row.name === name);

/** A laptop that is set up with the twin. `more` overrides values of its `.dev.vars`. */
async function laptop(more: Readonly<Record<string, string>> = {}) {
  const operator = await Operator.create();
  const { subjectKey, peppers, signingKeys } = await createFreshKeys();
  const values = {
    TWILIO_BASE_URL: operator.twinOrigin,
    ...byToken,
    TWILIO_VERIFY_SERVICE_SID: TWIN_VERIFY_SERVICE_SID,
    SUBJECT_KEY: subjectKey,
    PEPPERS: peppers,
    SIGNING_KEYS: signingKeys,
    ...more,
  };
  const lines = Object.entries(values).map(([name, value]) => `${name}=${value}`);
  await operator.copy.write(".dev.vars", `${lines.join("\n")}\n`);
  return operator;
}

/** A deployment after `npm run setup`. */
async function deployment(flags: readonly string[] = []) {
  const operator = await Operator.create();
  expect((await operator.setup([...deploymentFlags, ...flags])).exitCode).toBe(0);
  return operator;
}

describe("npm run doctor", () => {
  it("finds no fault after a set-up, and prints no secret", async () => {
    const operator = await laptop();
    const { exitCode, rows } = await operator.rows([]);
    expect(exitCode).toBe(0);
    expect(rows.filter(({ status }) => status === "failure" || status === "warning")).toEqual([]);
    for (const name of ["All settings", "Credentials", "Account", "Service sign_in", "Clock"])
      expect([name, named(rows, name)?.status]).toEqual([name, "ok"]);
    const shown = await operator.run("doctor", []);
    expect(shown.stdout).toContain("0 failures, 0 warnings");
    for (const line of (await operator.copy.read(".dev.vars")).split("\n")) {
      const [name = "", value = ""] = line.split(/=(.*)/s);
      if (/TOKEN|KEY|PEPPERS/.test(name) && value !== "")
        expect(operator.printed.includes(value), `${name} was printed`).toBe(false);
    }
  });

  it("names the algorithm of each signing key, and the bits of an RS256 key", async () => {
    const keys = [await createSigningJwk("RS256"), await createSigningJwk("ES256")];
    const operator = await laptop({ SIGNING_KEYS: JSON.stringify({ keys }) });
    const { rows } = await operator.rows([]);
    const detail = "RS256 (2048 bits), ES256; a spare key is published";
    expect(named(rows, "SIGNING_KEYS")).toMatchObject({ status: "ok", detail });
  });

  it("lists test numbers with their last day, and never their codes", async () => {
    const day = (days: number) =>
      new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
    const [live, ended] = [day(30), day(-2)];
    const TEST_NUMBERS = `+12015550199:424242@${live},+12015550188:868686@${ended}`;
    const operator = await laptop({ TEST_NUMBERS });
    const { exitCode, rows } = await operator.rows([]);
    expect(exitCode).toBe(0);
    expect(named(rows, "TEST_NUMBERS, entry 1")).toMatchObject({
      status: "note",
      detail: `the number that ends in 0199 signs in by its fixed code until ${live}`,
    });
    expect(named(rows, "TEST_NUMBERS, entry 2")).toMatchObject({
      status: "warning",
      detail: `the number that ends in 0188 ended on ${ended} and is like any other now`,
    });
    await operator.run("doctor", []);
    expect(operator.printed).not.toMatch(/424242|868686/);
    const tooFar = await laptop({ TEST_NUMBERS: `+12015550199:424242@${day(92)}` });
    const found = await tooFar.rows([]);
    expect(found.exitCode).toBe(1);
    expect(named(found.rows, "TEST_NUMBERS")?.cure).toMatch(/entry 1 must be \+number:code@date/);
  });

  it("names every failure with its cure, and exits with 1", async () => {
    const operator = await laptop({ SUBJECT_KEY: "short", OTP_ENGNE: "verify", PEPPERS: "" });
    const { exitCode, rows } = await operator.rows([]);
    expect(exitCode).toBe(1);
    expect(named(rows, "SUBJECT_KEY")).toMatchObject({ status: "failure", detail: "is wrong" });
    expect(named(rows, "PEPPERS")).toMatchObject({ status: "failure", detail: "is not set" });
    expect(named(rows, "OTP_ENGNE")?.cure).toBe(
      "OTP_ENGNE is not a setting of this version; did you mean OTP_ENGINE? It is set in .dev.vars.",
    );
    for (const row of rows.filter(({ status }) => status === "failure" || status === "warning"))
      expect(row.cure).toMatch(/\w/);
    expect((await operator.run("doctor", [])).stdout).toMatch(/✗ SUBJECT_KEY +is wrong\n +→ /);
  });

  it.each([
    [
      "a wrong account sid",
      { TWILIO_ACCOUNT_SID: `AC${"b".repeat(32)}` },
      "Credentials",
      /refuses the credentials \(20003\)/,
    ],
    [
      "a wrong token",
      { TWILIO_AUTH_TOKEN: "f".repeat(32) },
      "Credentials",
      /refuses the credentials \(20003\)/,
    ],
    [
      "an API key of another account",
      { ...byApiKey, TWILIO_ACCOUNT_SID: `AC${"b".repeat(32)}` },
      "Credentials",
      /another account/,
    ],
    [
      "a missing service",
      { TWILIO_VERIFY_SERVICE_SID: `VA${"e".repeat(32)}` },
      "Service sign_in",
      /Not found/,
    ],
    [
      "a number of another account",
      { OTP_ENGINE: "messaging", TWILIO_FROM: "+12015550142" },
      "Sender",
      /not a number of this account/,
    ],
    [
      "no network",
      { TWILIO_BASE_URL: "http://127.0.0.1:9" },
      "Credentials",
      /did not answer at http:\/\/127\.0\.0\.1:9/,
    ],
  ])("reports %s", async (_what, settings, name, detail) => {
    const operator = await laptop(settings);
    const { exitCode, rows } = await operator.rows([]);
    expect([exitCode, named(rows, name)?.status]).toEqual([1, "failure"]);
    expect(named(rows, name)?.detail).toMatch(detail);
    expect(named(rows, name)?.cure).toMatch(/\w/);
  });

  it("reports a trial account, a suspended account, and credentials without permission (403)", async () => {
    const operator = await laptop();
    await operator.twin("/twin/account", { type: "Trial" });
    const trial = await operator.rows([]);
    expect([trial.exitCode, named(trial.rows, "Account")?.status]).toEqual([0, "warning"]);
    await operator.twin("/twin/account", { status: "suspended" });
    const suspended = await operator.rows([]);
    expect([suspended.exitCode, named(suspended.rows, "Account")?.status]).toEqual([1, "failure"]);
    await operator.twin("/twin/account", { status: "active" });
    await operator.twin("/twin/faults", { product: "verify", count: 1, status: 403, code: 70051 });
    const { rows } = await operator.rows([]);
    expect(named(rows, "Service sign_in")?.detail).toMatch(
      /may not read this Verify service \(70051\)/,
    );
  });

  it("reports checks that an API key without the main token cannot make as unknown", async () => {
    const own = { ...byApiKey, TWILIO_AUTH_TOKEN: "" };
    const operator = await laptop({ ...own, OTP_ENGINE: "messaging", TWILIO_FROM: TWIN_FROM });
    const { exitCode, rows } = await operator.rows([]);
    expect(exitCode).toBe(0);
    expect(named(rows, "Account")).toMatchObject({ status: "unknown" });
    expect(named(rows, "Sender")).toMatchObject({ status: "ok" });
  });

  it("names for each missing setting the command or file that can set it", async () => {
    const operator = await Operator.create();
    await operator.copy.write(
      ".dev.vars",
      "TWILIO_ACCOUNT_SID=AC0\nTURNSTILE=risky\nALERT_WEBHOOK_URL=https://alerts.shop.test\nBUDGET_MONEY=50USD/1d\n",
    );
    const local = await operator.rows([]);
    const end = (rows: typeof local.rows, name: string) => named(rows, name)?.cure;
    expect(end(local.rows, "SUBJECT_KEY")).toMatch(/\. `npm run setup -- --local` generates it\.$/);
    expect(end(local.rows, "TWILIO_AUTH_TOKEN")).toMatch(
      /`npm run setup -- --local` asks for it\.$/,
    );
    expect(end(local.rows, "TWILIO_ACCOUNT_SID")).toMatch(/ It is set in \.dev\.vars\.$/);
    for (const name of ["TURNSTILE_SITE_KEY", "TURNSTILE_SECRET", "COUNTRY_PRICES"])
      expect(end(local.rows, name)).toMatch(/[^`]\. Add it to \.dev\.vars\.$/);

    await operator.copy.write(
      "deployment.vars",
      "TURNSTILE=risky\nBUDGET_MONEY=50USD/1d\nALLOWED_COUNTRIES=US,UK,Mars\nOTP_LENGHT=8\n",
    );
    await operator.vars({ ISSUER: "http://auth.shop.test" });
    const { rows } = await operator.rows(["--production"]);
    expect(end(rows, "TURNSTILE_SECRET")).toMatch(
      /Set it: npx wrangler secret put TURNSTILE_SECRET\.$/,
    );
    expect(end(rows, "COUNTRY_PRICES")).toMatch(/Add it to deployment\.vars\.$/);
    expect(end(rows, "TWILIO_VERIFY_SERVICE_SID")).toMatch(/`npm run setup` asks for it\.$/);
    expect(end(rows, "ISSUER")).toMatch(/It is set in wrangler\.toml\.$/);
    expect(end(rows, "OTP_LENGHT")).toBe(
      "OTP_LENGHT is not a setting of this version; did you mean OTP_LENGTH? It is set in deployment.vars.",
    );
    // Each wrong entry of a list is named once.
    expect(rows.filter(({ name }) => name === "ALLOWED_COUNTRIES")).toEqual([
      expect.objectContaining({
        cure: "ALLOWED_COUNTRIES entries 2 (UK), 3 (Mars) must be an ISO 3166-1 alpha-2 code in capitals, such as US,GB; did you mean GB? It is set in deployment.vars.",
      }),
    ]);
  });

  it("warns of a setting that has no effect", async () => {
    const operator = await laptop({
      OTP_LENGTH: "8",
      OTP_MESSAGE: "{code}",
      COUNTRY_PRICES: "*:0.1",
      LOOKUP_PUMPING_SCORE: "80",
    });
    const { exitCode, rows } = await operator.rows([]);
    expect(exitCode).toBe(0);
    for (const name of ["OTP_LENGTH", "OTP_MESSAGE", "COUNTRY_PRICES", "LOOKUP_PUMPING_SCORE"])
      expect(named(rows, name)).toMatchObject({
        status: "warning",
        detail: expect.stringContaining("has no effect"),
      });
    expect(named(rows, "OTP_LENGTH")?.cure).toContain("Twilio console");
  });

  it("counts the texts that a message needs, in each language", async () => {
    const own = { OTP_ENGINE: "messaging", TWILIO_FROM: TWIN_FROM };
    const short = await laptop(own);
    expect(named((await short.rows([])).rows, "OTP_MESSAGE")).toMatchObject({
      status: "ok",
      detail: expect.stringMatching(/^fits into one text, in ar, de, es, .*zh too$/),
    });
    const long = await laptop({
      ...own,
      // 69 characters with the code, and 3 more for the host's name. One UCS-2 text has 70.
      OTP_MESSAGE: `{code} ${"ж".repeat(60)}`,
      OTP_MESSAGES: `{"ru":"{code} ${"ж".repeat(80)}","fr":"{code} de {app}"}`,
      WEBOTP_DOMAIN: "www.shop.test",
      PURPOSES: "sign_in,transaction",
      SERVICE_KEYS: JSON.stringify([createServiceKey("shop", ["transaction"]).entry]),
      TWILIO_VERIFY_SERVICE_SID_TRANSACTION: TWIN_VERIFY_SERVICE_SID_TRANSACTION,
      OTP_MESSAGE_TRANSACTION: `{code} confirms {amount} to {payee}. ${"x".repeat(150)}`,
    });
    const { rows } = await long.rows([]);
    expect(named(rows, "OTP_MESSAGES fr")).toBeUndefined();
    for (const name of ["OTP_MESSAGE", "OTP_MESSAGES ru", "OTP_MESSAGE_TRANSACTION"])
      expect(named(rows, name)).toMatchObject({
        status: "warning",
        detail: "needs 2 texts: each code costs 2 texts",
      });
  });

  it("warns of a list of service keys that is about to be too long for Cloudflare", async () => {
    const lists = (count: number) =>
      JSON.stringify(
        Array.from(
          { length: count },
          (_, index) => createServiceKey(`shop-${index}`, [], ["introspect"]).entry,
        ),
      );
    const operator = await laptop({ SERVICE_KEYS: lists(20), SERVICE_KEYS_2: lists(40) });
    const { rows } = await operator.rows([]);
    expect(named(rows, "SERVICE_KEYS")).toMatchObject({ status: "ok" });
    expect(named(rows, "SERVICE_KEYS_2")).toMatchObject({
      status: "warning",
      detail: expect.stringMatching(/^\d{4} bytes; Cloudflare takes 5 KB/),
      cure: expect.stringContaining("SERVICE_KEYS_2, up to SERVICE_KEYS_9"),
    });
  });

  it("warns of a service key whose scopes no route of this version asks for", async () => {
    const { entry } = createServiceKey("front", [], ["twilio", "deliveries"]);
    const operator = await laptop({ SERVICE_KEYS: JSON.stringify([entry]) });
    expect(named((await operator.rows([])).rows, "SERVICE_KEYS")).toMatchObject({
      status: "warning",
    });
  });

  it("names the rule that a setting breaks", async () => {
    const operator = await laptop({
      OTP_ENGINE: "messaging",
      TWILIO_FROM: TWIN_FROM,
      OTP_LENGTH: "4",
      OTP_TTL: "30m",
      ALLOW_NONCONFORMING: "on",
      REFRESH_MAX_TTL: "90d",
      LIMIT_SEND_TOTAL: "20/1d",
    });
    const { exitCode, rows } = await operator.rows([]);
    expect(exitCode).toBe(0);
    expect(named(rows, "OTP_LENGTH")?.detail).toMatch(/NIST SP 800-63B-4 §3.1.3.2.*ASVS 5.0 6.5.4/);
    expect(named(rows, "OTP_TTL")?.detail).toContain("ASVS 5.0 6.5.5");
    expect(named(rows, "REFRESH_MAX_TTL")?.detail).toContain("§2.1.3");
    expect(named(rows, "LIMIT_SEND_PER_IP")?.detail).toContain("use up the day's sends (20)");
  });

  it.each([
    [
      "on, in addition to a custom domain",
      "https://auth.shop.test",
      "workers_dev = true",
      "warning",
    ],
    ["unset, without a route", "https://auth.shop.test", "", "warning"],
    ["unset, with a route", "https://auth.shop.test", 'route = "auth.shop.test"', "ok"],
    ["off", "https://auth.shop.test", "workers_dev = false", "ok"],
    [
      "on, and the issuer's own address",
      "https://phonegate.shop.workers.dev",
      "workers_dev = true",
      "ok",
    ],
    [
      "on, and only part of the issuer's name",
      "https://workers.dev.shop.test",
      "workers_dev = true",
      "warning",
    ],
  ])(
    "warns of workers.dev if it bypasses the firewall: %s",
    async (_what, issuer, line, status) => {
      const operator = await laptop({ ISSUER: issuer });
      const toml = await operator.copy.read("wrangler.toml");
      await operator.copy.write("wrangler.toml", toml.replace("workers_dev = true", line));
      const row = named((await operator.rows([])).rows, "workers_dev");
      expect(row?.status).toBe(status);
      if (status === "warning") expect(row?.cure).toContain("workers_dev = false");
    },
  );

  it("reports a Verify service of four digits as a failure", async () => {
    const operator = await laptop();
    await operator.setup(["--local", "--force", "--verify-service=new", "--code-length=4"]);
    const { exitCode, rows } = await operator.rows([]);
    expect([exitCode, named(rows, "Service sign_in")?.detail]).toEqual([
      1,
      expect.stringMatching(/4 digits.*NIST/),
    ]);
  });

  it("reports faults of wrangler.toml", async () => {
    const operator = await laptop();
    const toml = await operator.copy.read("wrangler.toml");
    const broken = toml
      .replace('new_sqlite_classes = ["SubjectSessions"]', 'new_sqlite_classes = ["Nothing"]')
      .replace(/compatibility_date = .*/, 'compatibility_date = "2999-01-01"')
      .replace('binding = "LIMITS"', 'binding = "OTHER"\nid = "no-id"')
      .replace("[vars]\n", '[vars]\nPEPPERS = "1:in-git"\n')
      .replaceAll(/name = "FLOOD/g, 'name = "DRIZZLE');
    await operator.copy.write("wrangler.toml", broken);
    const { rows } = await operator.rows([]);
    expect(named(rows, "Migrations")?.detail).toContain("no migration creates SubjectSessions");
    expect(named(rows, "compatibility_date")?.detail).toContain("is in the future");
    expect(named(rows, "LIMITS")?.cure).toContain("KV namespace is not bound");
    expect(named(rows, "OTHER")?.status).toBe("failure");
    for (const name of ["FLOOD", "FLOOD_BY_ID"]) expect(named(rows, name)?.status).toBe("warning");
    expect(rows).toContainEqual(
      expect.objectContaining({ area: "Cloudflare", name: "PEPPERS", status: "failure" }),
    );
  });

  it.each([
    [["--prodction"], "Unknown option"],
    [["--settings", "not-there"], "cannot be read"],
    [["--settings", "."], "cannot be read (EISDIR)"],
    [["--settings", "a", "--production"], "give one of them"],
    [["--twilio-base-url", "https://api.twilio.com"], "TWILIO_BASE_URL"],
  ])("exits with 2 for %j", async (args, problem) => {
    const operator = await Operator.create();
    const run = await operator.run("doctor", args);
    expect([run.exitCode, run.stdout]).toEqual([2, ""]);
    expect(run.stderr).toContain(problem);
    expect(run.stderr).not.toMatch(/^ +at /m);
  });

  it.each([
    [undefined, "unknown"],
    [-60, "ok"],
    [61, "warning"],
    [-3600, "warning"],
  ])("if Twilio's clock is ahead by %s s, the row is %s", (aheadSeconds, status) => {
    expect(skewRow(aheadSeconds).status).toBe(status);
  });

  it("reads Twilio's clock from its answer", async () => {
    const server = createServer((_request, response) => {
      response.writeHead(200, { Date: "Mon, 01 Jan 2035 00:00:00 GMT" });
      response.end('{"type":"Full","status":"active"}');
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const operator = await laptop({ TWILIO_BASE_URL: `http://127.0.0.1:${port}` });
    expect(named((await operator.rows([])).rows, "Clock")?.detail).toMatch(/s behind Twilio's/);
  });
});

describe("npm run doctor -- --production", () => {
  it("names the checks that could not run, and runs them when it gets the credentials", async () => {
    const operator = await deployment();
    const blind = await operator.rows(["--production"]);
    expect(blind.exitCode).toBe(0);
    expect(named(blind.rows, "Secrets")?.detail).toContain("cannot be read: TWILIO_ACCOUNT_SID");
    expect(named(blind.rows, "Account")).toMatchObject({ area: "Twilio", status: "unknown" });
    expect(named(blind.rows, "SUBJECT_KEY")?.status).toBe("ok");
    const url = ["--twilio-base-url", operator.twinOrigin];
    const withToken = await operator.rows(["--production", ...url], byToken);
    expect(named(withToken.rows, "Service sign_in")?.status).toBe("ok");
    expect(named(withToken.rows, "TURNSTILE")?.status).toBe("warning");
    expect(named(withToken.rows, "BUDGET_MONEY")).toMatchObject({
      status: "warning",
      detail: expect.stringContaining("1000 sends a day"),
    });
    await operator.copy.write(".secrets.production", "");
    const unread = await operator.rows(["--production"]);
    expect(named(unread.rows, "SUBJECT_KEY")).toMatchObject({ area: "Keys", status: "unknown" });
  });

  it("checks a new token at Twilio before it is promoted, even without a login to Cloudflare", async () => {
    const operator = await deployment();
    const args = ["--production", "--twilio-base-url", operator.twinOrigin];
    const wrong = await operator.rows(args, { ...byToken, TWILIO_AUTH_TOKEN: "f".repeat(32) });
    expect([wrong.exitCode, named(wrong.rows, "Credentials")?.status]).toEqual([1, "failure"]);
    const right = await operator.rows(args, byToken);
    expect([right.exitCode, named(right.rows, "Credentials")?.status]).toEqual([0, "ok"]);
    const { secrets } = await operator.cloudflare();
    const more = { TWILIO_API_KEY_SID: "unread", TWILIO_API_KEY_SECRET: "unread" };
    await operator.changeCloudflare({ secrets: { ...secrets, ...more } });
    const withApiKey = await operator.rows(args, byToken);
    expect(named(withApiKey.rows, "Credentials")?.status).toBe("ok");
    expect(named(withApiKey.rows, "API key")?.status).toBe("unknown");
    await operator.changeCloudflare({ loggedIn: false });
    const offline = await operator.rows(args, byToken);
    expect(named(offline.rows, "Credentials")?.status).toBe("ok");
  });

  it("treats .secrets.production as a copy that may differ from the deployment", async () => {
    const operator = await deployment();
    const { rows } = await operator.rows(["--production"]);
    expect(named(rows, "Copies")).toMatchObject({
      status: "unknown",
      detail: expect.stringContaining("PEPPERS, SIGNING_KEYS, SUBJECT_KEY"),
    });
    const kept = await operator.copy.read(".secrets.production");
    await operator.copy.write(
      ".secrets.production",
      kept.replace(/^PEPPERS=.*$/m, "PEPPERS=short"),
    );
    const wrong = await operator.rows(["--production"]);
    expect(wrong.exitCode).toBe(0);
    const peppers = wrong.rows.filter(({ name }) => name === "PEPPERS");
    expect(peppers).toMatchObject([
      { status: "warning", detail: expect.stringContaining("the copy on this machine") },
      { status: "unknown", area: "Keys" },
    ]);
    expect((await operator.run("deploy", [])).exitCode).toBe(0);
  });

  it("fails for the twin's address and for a secret in deployment.vars", async () => {
    const operator = await deployment();
    const settings = await operator.copy.read("deployment.vars");
    await operator.copy.write(
      "deployment.vars",
      `${settings}TWILIO_BASE_URL=http://127.0.0.1:8788\nTURNSTILE_SECRET=0x4AAAAAAA-in-git\n`,
    );
    const { exitCode, rows } = await operator.rows(["--production"]);
    expect(exitCode).toBe(1);
    expect(named(rows, "TWILIO_BASE_URL")).toMatchObject({
      status: "failure",
      cure: "Remove it from deployment.vars.",
    });
    expect(rows).toContainEqual(
      expect.objectContaining({
        area: "Cloudflare",
        name: "TURNSTILE_SECRET",
        detail: expect.stringContaining("is a secret in deployment.vars"),
      }),
    );
  });

  it("fails when a secret is not deployed, or wrangler is not logged in", async () => {
    const operator = await deployment();
    const { secrets } = await operator.cloudflare();
    const { PEPPERS: _pepper, ...others } = secrets;
    await operator.changeCloudflare({ secrets: others });
    const missing = await operator.rows(["--production"]);
    expect([missing.exitCode, named(missing.rows, "PEPPERS")?.detail]).toEqual([1, "is not set"]);
    await operator.changeCloudflare({ loggedIn: false });
    const { exitCode, rows } = await operator.rows(["--production"]);
    expect([exitCode, named(rows, "Secrets")?.cure]).toEqual([
      1,
      expect.stringContaining("npx wrangler login"),
    ]);
  });
});

describe("npm run deploy", () => {
  it("builds, runs the doctor, and deploys", async () => {
    const operator = await deployment();
    const run = await operator.run("deploy", []);
    expect([run.exitCode, run.stderr]).toEqual([0, ""]);
    const calls = (await operator.cloudflare()).calls.slice(-3);
    const settings = parseEnv(await operator.copy.read("deployment.vars"));
    expect(settings).toMatchObject({ ISSUER: "https://auth.shop.test" });
    const vars = Object.entries(settings).map(([name, value]) => `--var ${name}:${value}`);
    const { version } = JSON.parse(await operator.copy.read("package.json")) as { version: string };
    const build = JSON.stringify({ version, commit: "unknown" });
    const args = `deploy --minify ${vars.join(" ")} --define PHONEGATE_BUILD:${build}`;
    expect(calls).toEqual([
      `${args} --dry-run --outdir dist`,
      "secret list --name phonegate",
      args,
    ]);
  });

  it("explains itself with --help", async () => {
    const operator = await Operator.create();
    const run = await operator.run("deploy", ["--help"]);
    expect([run.exitCode, run.stderr]).toEqual([0, ""]);
    expect(run.stdout).toContain("npm run deploy");
    expect((await operator.cloudflare()).calls).toEqual([]);
  });

  it("refuses with the doctor's table while a check fails, and has no --force", async () => {
    const operator = await Operator.create({ workerExists: true });
    const run = await operator.run("deploy", []);
    expect(run.exitCode).toBe(1);
    expect(run.stdout).toMatch(/✗ ISSUER +is not set/);
    expect(run.stderr).toContain("Not deployed.");
    expect(
      (await operator.cloudflare()).calls.filter((call) => !call.includes("--dry-run")),
    ).toEqual(["secret list --name phonegate"]);
    expect((await operator.run("deploy", ["--force"])).exitCode).toBe(2);
  });

  it("accepts unset settings in Cloudflare's own build, but not wrong ones", async () => {
    const operator = await Operator.create();
    const first = await operator.run("deploy", [], { WORKERS_CI: "1" });
    expect(first.exitCode).toBe(0);
    expect(first.stdout).toMatch(/! ISSUER +is not set/);
    await operator.vars({ ISSUER: "http://not-https.test" });
    expect((await operator.run("deploy", [], { WORKERS_CI: "1" })).exitCode).toBe(1);
  });

  it("does not deploy after a failed build", async () => {
    const operator = await Operator.create({ failures: { deploy: "Build failed" } });
    const run = await operator.run("deploy", []);
    expect([run.exitCode, run.stderr]).toEqual([1, expect.stringContaining("The build failed")]);
  });
});

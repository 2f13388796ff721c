import { env as wranglerEnv } from "cloudflare:workers";
import { exportJWK, generateKeyPair } from "jose";
import { beforeEach, describe, expect, it } from "vitest";
import { readConfig, type Config, type ConfigOutcome } from "../src/config.ts";
import { decodeBase64Url, encodeBase64Url } from "../src/lib/base64url.ts";
import { problemTypes } from "../src/problem.ts";
import { randomKey, signingJwk } from "./helpers/keys.ts";
import { createWorld, developmentEnv, workerOrigin } from "./helpers/world.ts";

type Env = Record<string, unknown>;

const production = {
  TWILIO_BASE_URL: "",
  ISSUER: "https://auth.example.com",
  ALLOWED_COUNTRIES: "US,GB",
};

const now = () => Date.parse("2035-01-02T03:04:05Z");

let base: Env;
beforeEach(async () => {
  base = await developmentEnv();
});

async function configOf(changes: Env = {}): Promise<Config> {
  const outcome = await readConfig({ ...base, ...changes }, now);
  if (outcome.kind !== "ok") throw new Error(outcome.problems.join("\n"));
  return outcome.config;
}

async function problemsOf(changes: Env): Promise<readonly string[]> {
  const outcome = await readConfig({ ...base, ...changes }, now);
  return outcome.kind === "ok" ? [] : outcome.problems;
}

/** The settings that the problems name, each once. */
async function namesOf(changes: Env): Promise<string[]> {
  return [...new Set((await problemsOf(changes)).map((problem) => problem.split(":")[0] ?? ""))];
}

describe("a setting with a bad value", () => {
  const sid = "0123456789abcdef0123456789abcdef";
  it.each([
    ["APP_NAME", ["a{code}", "<b>", "two\nlines", "nul\u0000", "bidi\u202Etrick", "x".repeat(51)]],
    [
      "ISSUER",
      [
        "auth.example.com",
        "http://auth.example.com",
        "https://auth.example.com/",
        "https://a@b.example",
        "https://b.example/path",
        "null",
        "ftp://b.example",
      ],
    ],
    ["AUDIENCE", ["two words", "x".repeat(201), "ünï"]],
    ["CLIENT_ID", ["two words", "a/b", "x".repeat(101), "ü"]],
    [
      "ALLOWED_ORIGINS",
      [
        "*",
        "null",
        "app.example.com",
        "https://app.example.com/",
        "https://app.example.com/x",
        "https://*.example.com",
        "https://a.example,",
        "https://a.example,https://a.example",
        "https://u@a.example",
        "capacitor://localhost/",
        "capacitor://",
        "capacitor:localhost",
        "capacitor://*",
        "capacitor://u@localhost",
        "CAPACITOR://localhost",
        "chrome-extension://*",
        "file://localhost",
        "ftp://a.example",
        "wss://a.example",
        "javascript://a.example",
      ],
    ],
    ["ALLOWED_COUNTRIES", ["us", "USA", "ZZ", "US;GB", "US GB", "US,", "US,US", "1"]],
    ["DEFAULT_COUNTRY", ["us", "ZZ", "US,GB", "1"]],
    [
      "EXTRA_NUMBER_RANGES",
      ["624", "1624", "+1", "+16", "+01624", "+999123", "+1624;+1861", "+1624:GB", "+1624:us"],
    ],
    ["PURPOSES", ["stepup", "sign_in,login", "SIGN_IN", "sign_in,", "sign_in,sign_in"]],
    [
      "SERVICE_KEYS",
      [
        "x",
        "{}",
        '[{"client_id":"a"}]',
        serviceKeys({ sha256: "ab" }),
        serviceKeys({ sha256: "A".repeat(64) }),
        serviceKeys({ client_id: "a b" }),
        serviceKeys({ purposes: [] }),
        serviceKeys({ purposes: [], scopes: [] }),
        serviceKeys({ scopes: ["read"] }),
        serviceKeys({ scopes: "admin" }),
        serviceKeys({ scope: ["admin"] }),
        serviceKeys({ purposes: ["login"] }),
        serviceKeys({ purposes: ["two_factor"] }),
        serviceKeys({ key: "sk_" }),
        serviceKeys({}, {}),
      ],
    ],
    ["TOKEN_CLAIMS", ["email", "phone_number,email", "PHONE_NUMBER"]],
    [
      "TOKEN_EXTRA_CLAIMS",
      ["x", "[]", "null", '{"sub":"x"}', '{"sid":"x"}', `{"a":"${"x".repeat(1024)}"}`],
    ],
    ["CHANNELS", ["SMS", "sms;call", "sms,fax", "sms,", "call,call"]],
    ["BUDGET_RESERVED", ["20", "91%", "-1%", "100%", "5.5%", "020%", "x"]],
    ["OTP_ENGINE", ["message", "Verify", "0"]],
    ["GUARD_RECORD", ["yes", "1"]],
    [
      "GUARD_RULES",
      [
        "prefix",
        "prefix:stop",
        "prefixes:refuse",
        "prefix:refuse,prefix:off",
        "flood:challenge",
        "prefix:refuse:off",
        "__proto__:off",
      ],
    ],
    [
      "GUARD_CONVERSION",
      ["20", "least_day:0", "least_day:-1", "least_day:x", "most_day:20", "least_day:1:2"],
    ],
    [
      "GUARD_FAILED_CHECKS",
      ["least:9", "window_minutes:61", "per_approval:0", "least:20,least:30"],
    ],
    ["GUARD_COUNTRIES_PER_ADDRESS", ["0", "11", "x", "3.00001"]],
    ["LOOKUP", ["yes", "1"]],
    ["LOOKUP_PUMPING_SCORE", ["0", "101", "high"]],
    ["OTP_FALLBACK", ["verify", "on", "0"]],
    ["OTP_LENGTH", ["0", "3", "5", "11", "-6", "06", "six", "NaN", "6.0"]],
    ["OTP_TTL", ["0", "59s", "11m", "2h", "600", "-10m"]],
    [
      "OTP_MESSAGE",
      [
        "no code",
        "{code} {code}",
        "{code} {name}",
        "{code",
        "{code} \u0007",
        "{code}{",
        `{code}${"x".repeat(400)}`,
      ],
    ],
    [
      "OTP_MESSAGES",
      [
        "fr:{code}",
        "[]",
        '"{code}"',
        '{"fr":1}',
        '{"fr":null}',
        '{"fr":"no code"}',
        '{"":"{code}"}',
        '{"francais":"{code}"}',
        '{"fr_CA":"{code}"}',
        '{"fr":"{code} {payee}"}',
        '{"pt-BR":"{code}","pt-br":"{code}"}',
      ],
    ],
    ["OTP_MESSAGES_TRANSACTION", ['{"fr":"{code}"}', '{"fr":"{code} {amount}"}']],
    [
      "WEBOTP_DOMAIN",
      ["https://a.example", "a.example/", "a..example", "-a.example", "A.example", "a b"],
    ],
    ["ANDROID_APP_HASH", ["short", "twelve chars", "FA+9qCX9VS_"]],
    ["ALLOW_NONCONFORMING", ["yes", "true", "1", "ON"]],
    ["TWILIO_FROM", ["+1", "12", "a name too long", "+1 201 555 0123", "<b>"]],
    ["TWILIO_MESSAGING_SERVICE_SID", [`SK${sid}`, "MG1", `MG${sid}0`]],
    [
      "LIMIT_SEND_PER_PHONE",
      ["0/1d", "5", "5/10m,6/600s", "-1/1d", "100000/1s", "5/59s", "1001/1d", "10/10m,5/1d"],
    ],
    ["LIMIT_SEND_TOTAL", ["0/1d", "1000", "1000/1h", "1000/2d", "-1/1d", "NaN/1d", "1e9/1d"]],
    [
      "COUNTRY_CAPS",
      [
        "US",
        "US:0/1d",
        "US:5/1h",
        "us:5/1d",
        "ZZ:5/1d",
        "US:5/1d,US:6/1d",
        "*:5/1d,",
        "*:-1/1d",
        "US:1001/1d",
        "*:1001/1d",
      ],
    ],
    [
      "TWILIO_ACCOUNT_SID",
      [`VA${sid}`, `AC${sid}0`, `AC${sid.slice(1)}`, `AC${sid.toUpperCase()}`, `ac${sid}`, sid],
    ],
    ["TWILIO_VERIFY_SERVICE_SID", [`AC${sid}`, `VA${sid}0`, `VA${sid.slice(1)}`, "Phonegate"]],
    ["TWILIO_AUTH_TOKEN", ["short", "two words of a token", "x".repeat(129), "ü".repeat(32)]],
    ["TWILIO_API_KEY_SID", [`AC${sid}`, "SK1"]],
    ["TWILIO_REGION", ["IE1", "ie1.evil.example", "ie1/", "a".repeat(40), "-ie1", "1"]],
    ["TWILIO_EDGE", ["Dublin", "dublin.evil", "dublin@evil", "x"]],
    [
      "LIMIT_SEND_PER_IP",
      [
        "0",
        "0/1h",
        "-1/1h",
        "NaN/1h",
        "10",
        "10/1y",
        "10/0h",
        "1000000/1h",
        "10/99d",
        "10/1h,",
        "10001/1d",
        "5/9s",
        "30/1d,31/1h",
      ],
    ],
    ["LIMIT_CHECK_PER_IP", ["0/1h", "60/1h,30/60m", "60 / h", "60/1h,59/1d"]],
    [
      "REFRESH_IDLE_TTL",
      ["0", "0d", "-7d", "NaN", "7", "59m", "3599s", "31d", "401d", "1.5d", "1y"],
    ],
    ["REFRESH_MAX_TTL", ["0", "0d", "-30d", "NaN", "30", "59m", "3599s", "401d", "9999999d", "1y"]],
    ["ACCESS_TTL", ["0", "0m", "-10m", "NaN", "600", "10", "10w", "59s", "61m", "30d", "1.5h"]],
    [
      "SUBJECT_KEY",
      ["short", "x".repeat(42), "!".repeat(43), "A".repeat(43), "AAAAAAAB".repeat(8)],
    ],
  ])("%s is refused by its name", async (name, values) => {
    for (const value of values)
      expect([value, await namesOf({ [name]: value })]).toEqual([value, [name]]);
  });

  it("limits that agree are accepted: equal windows, caps up to the total, the bounds", async () => {
    for (const good of [
      { LIMIT_SEND_PER_PHONE: "5/10m,5/1d" },
      { LIMIT_SEND_PER_PHONE: "1000/1m" },
      { LIMIT_SEND_PER_IP: "30/1d,10/1h" },
      { LIMIT_CHECK_PER_IP: "10000/10s" },
      { COUNTRY_CAPS: "US:1000/1d,*:1/1d" },
      { COUNTRY_CAPS: "US:5000/1d", LIMIT_SEND_TOTAL: "5000/1d" },
    ])
      expect([good, await namesOf(good)]).toEqual([good, []]);
  });

  it("limits that contradict each other are refused with the cure", async () => {
    expect(await problemsOf({ LIMIT_SEND_PER_PHONE: "10/10m,5/1d" })).toEqual([
      "LIMIT_SEND_PER_PHONE: a longer window allows fewer than a shorter one: raise the longer one, or leave out the shorter",
    ]);
    expect(await problemsOf({ COUNTRY_CAPS: "US:6/1d", LIMIT_SEND_TOTAL: "5/1d" })).toEqual([
      "COUNTRY_CAPS: caps a country above LIMIT_SEND_TOTAL: raise that limit, or lower the cap",
    ]);
  });

  it.each([
    "APP_NAME",
    "ISSUER",
    "ALLOWED_ORIGINS",
    "SIGNING_KEYS",
    "PEPPERS",
    "ACCESS_TTL",
    "LIMIT_SEND_PER_IP",
  ])("%s that is no text is refused", async (name) => {
    for (const value of [5, true, { keys: [] }])
      expect(await namesOf({ [name]: value })).toEqual([name]);
  });

  it("is reported with every other mistake at once", async () => {
    const names = await namesOf({
      APP_NAME: "<b>",
      ISSUER: "x",
      ALLOWED_ORIGINS: "*",
      ALLOWED_COUNTRIES: "ZZ",
      DEFAULT_COUNTRY: "ZZ",
      PURPOSES: "x",
      OTP_ENGINE: "x",
      TWILIO_ACCOUNT_SID: "x",
      TWILIO_VERIFY_SERVICE_SID: undefined,
      TWILIO_AUTH_TOKEN: "x",
      LIMIT_SEND_PER_IP: "0",
      ACCESS_TTL: "0",
      SIGNING_KEYS: "x",
      SUBJECT_KEY: "x",
      PEPPERS: undefined,
      LIMITS: undefined,
      PHONE_LEDGER: undefined,
      SEND_BUDGET: undefined,
      SUBJECT_SESSIONS: undefined,
      LIMIT_SEND_TOTAL: "0",
      ACCES_TTL: "10m",
    });
    expect(names.toSorted()).toEqual(
      [
        "ACCESS_TTL",
        "ACCES_TTL",
        "ALLOWED_COUNTRIES",
        "ALLOWED_ORIGINS",
        "APP_NAME",
        "DEFAULT_COUNTRY",
        "ISSUER",
        "LIMITS",
        "LIMIT_SEND_PER_IP",
        "LIMIT_SEND_TOTAL",
        "OTP_ENGINE",
        "PHONE_LEDGER",
        "SEND_BUDGET",
        "SUBJECT_SESSIONS",
        "PEPPERS",
        "PURPOSES",
        "SIGNING_KEYS",
        "SUBJECT_KEY",
        "TWILIO_ACCOUNT_SID",
        "TWILIO_AUTH_TOKEN",
        "TWILIO_VERIFY_SERVICE_SID",
      ].toSorted(),
    );
  });

  it("never appears in a problem's text, in whichever setting it is", async () => {
    const marker = "Marker-7Q";
    const names = Object.keys(await settingsOfThisVersion());
    const frames = [
      marker,
      `${marker},${marker}`,
      `1:${marker}`,
      `https://${marker}@x.example/`,
      JSON.stringify({
        keys: [{ kid: marker, kty: marker, crv: marker, x: marker, y: marker, d: marker }],
      }),
    ];
    for (const frame of frames) {
      const one = await Promise.all(names.map((name) => problemsOf({ [name]: frame })));
      const all = await problemsOf(Object.fromEntries(names.map((name) => [name, frame])));
      expect(all.length).toBeGreaterThan(10);
      expect([...one.flat(), ...all].join("\n")).not.toContain(marker);
    }
  });

  it("is named as unknown if the Worker does not read it: a typo, an empty name, a name of a later version", async () => {
    expect(await problemsOf({ ALLOWED_ORIGIN: "https://app.example.com" })).toEqual([
      "ALLOWED_ORIGIN: is not a setting of this version; did you mean ALLOWED_ORIGINS?",
    ]);
    expect(await namesOf({ allowed_origins: "" })).toEqual(["allowed_origins"]);
    expect(await namesOf({ DEMO_PAGE: "on" })).toEqual(["DEMO_PAGE"]);
  });
});

it("a problem quotes a wrong origin with a slash or a path and shows the right spelling; other texts are not quoted", async () => {
  const ALLOWED_ORIGINS =
    "http://localhost:8943/,https://shop.example/a?b=c,https://u:secret@shop.example/,sk_secret";
  const [problem, ...rest] = await problemsOf({ ALLOWED_ORIGINS });
  expect(rest).toEqual([]);
  expect(problem).toMatch(
    /^ALLOWED_ORIGINS: entries 1, 2, 3, 4 .+; write http:\/\/localhost:8943, https:\/\/shop\.example$/,
  );
});

it("alerts go to https, and in development to this machine by http too", async () => {
  const to = (ALERT_WEBHOOK_URL: string) => ({
    ALERT_WEBHOOK_URL,
    ALERT_WEBHOOK_SECRET: "x".repeat(32),
  });
  const local = "http://127.0.0.1:8080/alerts";
  expect((await configOf(to(local))).guard.alerts?.url).toBe(local);
  for (const url of [
    "http://ops.example.com/a",
    "http://u:p@127.0.0.1/a",
    "ftp://127.0.0.1/a",
    "a",
  ])
    expect(await namesOf(to(url))).toEqual(["ALERT_WEBHOOK_URL"]);
  expect(await problemsOf({ ...production, ...to(local) })).toEqual([
    "ALERT_WEBHOOK_URL: must be an https address without user info",
  ]);
});

it("an http origin that is not this machine is accepted in development only", async () => {
  for (const ALLOWED_ORIGINS of [
    "http://192.168.1.5:5173",
    "http://app.example.com",
    "http://localhost.evil.example",
    "http://evil.localhost.example",
  ]) {
    expect(await problemsOf({ ALLOWED_ORIGINS })).toEqual([]);
    expect(await problemsOf({ ...production, ALLOWED_ORIGINS })).toEqual([
      expect.stringMatching(/^ALLOWED_ORIGINS: entry 1 must be an https origin/),
    ]);
  }
});

/** Every setting, with a good value. */
async function settingsOfThisVersion(): Promise<Env> {
  return {
    ...base,
    ...production,
    APP_NAME: "My app: été 😀",
    DEMO: "on",
    AUDIENCE: "https://api.example.com",
    CLIENT_ID: "my.app:web-1_2",
    ALLOWED_ORIGINS: "https://app.example.com, https://app.example.com:8443,http://localhost:3000",
    DEFAULT_COUNTRY: "GB",
    EXTRA_NUMBER_RANGES: "+1624,+1861:US,+4479",
    TEST_NUMBERS: "+12015550199:424242@2035-01-31,+18005550123:135791@2034-12-31",
    PURPOSES: "sign_in,step_up,two_factor,transaction",
    SERVICE_KEYS: serviceKeys({
      purposes: ["sign_in", "two_factor", "transaction"],
      scopes: ["introspect", "admin"],
    }),
    ...Object.fromEntries([2, 3, 4, 5, 6, 7, 8, 9].map((count) => [`SERVICE_KEYS_${count}`, ""])),
    SERVICE_KEYS_4: serviceKeys({
      sha256: "b".repeat(64),
      purposes: undefined,
      scopes: ["subjects"],
    }),
    TWILIO_VERIFY_SERVICE_SID_STEP_UP: verifyService("b"),
    TWILIO_VERIFY_SERVICE_SID_TWO_FACTOR: verifyService("c"),
    TWILIO_VERIFY_SERVICE_SID_TRANSACTION: verifyService("d"),
    OTP_ENGINE: "verify",
    OTP_FALLBACK: "messaging",
    OTP_LENGTH: "8",
    OTP_TTL: "5m",
    OTP_MESSAGE: "{code}: {app}, {minutes} min",
    OTP_MESSAGES: '{"fr":"{code} : {app}","pt-br":"{code}: {app}"}',
    OTP_MESSAGE_TRANSACTION: "{code}: {amount} to {payee}",
    OTP_MESSAGES_TRANSACTION: '{"fr":"{code} : {amount} pour {payee}"}',
    WEBOTP_DOMAIN: "www.example.com",
    ANDROID_APP_HASH: "FA+9qCX9VSu",
    ALLOW_NONCONFORMING: "off",
    TWILIO_FROM: "",
    TWILIO_MESSAGING_SERVICE_SID: "MG0123456789abcdef0123456789abcdef",
    LIMIT_SEND_PER_PHONE: "3/10m",
    LIMIT_SEND_TOTAL: "500/1d",
    COUNTRY_CAPS: "US:50/1d,*:5/1d",
    TWILIO_API_KEY_SID: "SK0123456789abcdef0123456789abcdef",
    TWILIO_API_KEY_SECRET: "0123456789abcdefghijklmnopqrstuv",
    TWILIO_REGION: "ie1",
    TWILIO_EDGE: "dublin",
    LIMIT_SEND_PER_IP: "5/10m,20/1d",
    LIMIT_CHECK_PER_IP: "7/30s",
    TOKEN_CLAIMS: "phone_number",
    TOKEN_EXTRA_CLAIMS: '{"role":"authenticated"}',
    ACCESS_TTL: "1h",
    REFRESH_IDLE_TTL: "2d",
    REFRESH_MAX_TTL: "90d",
    COUNTRY_PRICES: "US:0.0083,*:0.10,*/call:0.3,*/whatsapp:0.05",
    VERIFY_PRICE: "US:0.05,*:0.06",
    BUDGET_MONEY: "50USD/1d",
    ALERT_WEBHOOK_URL: "https://ops.example.com/phonegate",
    ALERT_WEBHOOK_SECRET: "a-secret-of-sixteen",
    EVENTS_URL: "https://backend.example.com/phonegate?tenant=1",
    EVENTS_SECRET: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    HOOK_BEFORE_SEND_URL: "https://backend.example.com/before-send",
    HOOK_BEFORE_SESSION_URL: "https://backend.example.com/before-session",
    HOOK_SECRET: "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDCQ==",
    HOOK_REFUSAL: "hide",
    HOOK_UNAVAILABLE: "go_on",
    GUARD_RECORD: "off",
    GUARD_RULES: "prefix:challenge,voip:off",
    GUARD_CONVERSION: "least_day:40,best_day_share:0.5",
    GUARD_FAILED_CHECKS: "least:500,open_minutes:30",
    GUARD_COUNTRIES_PER_ADDRESS: "5",
    LOOKUP: "on",
    LOOKUP_PUMPING_SCORE: "80",
    TURNSTILE: "risky",
    TURNSTILE_SITE_KEY: "0x4AAAAAAAexample",
    TURNSTILE_SECRET: "0x4AAAAAAAsecret-example",
    TURNSTILE_BASE_URL: "",
    TURNSTILE_UNAVAILABLE: "go_on",
  };
}

/** `SERVICE_KEYS` with these changes of a good entry each. */
function serviceKeys(...changes: readonly object[]): string {
  const entry = { client_id: "my-backend", sha256: "a".repeat(64), purposes: ["sign_in"] };
  return JSON.stringify(changes.map((change) => ({ ...entry, ...change })));
}

function verifyService(letter: string): string {
  return `VA${letter.repeat(32)}`;
}

describe("purposes beside signing in", () => {
  const keys = { SERVICE_KEYS: serviceKeys({ purposes: ["two_factor", "transaction"] }) };
  const all = { PURPOSES: "sign_in,step_up,two_factor,transaction" };

  it("need one Verify service each, and no two share one", async () => {
    const unset = {
      TWILIO_VERIFY_SERVICE_SID_STEP_UP: undefined,
      TWILIO_VERIFY_SERVICE_SID_TWO_FACTOR: undefined,
      TWILIO_VERIFY_SERVICE_SID_TRANSACTION: undefined,
    };
    expect(await namesOf({ ...all, ...keys, ...unset })).toEqual([
      "TWILIO_VERIFY_SERVICE_SID_STEP_UP",
      "TWILIO_VERIFY_SERVICE_SID_TWO_FACTOR",
      "TWILIO_VERIFY_SERVICE_SID_TRANSACTION",
    ]);
    const shared = { PURPOSES: "sign_in,step_up" };
    const sid = base.TWILIO_VERIFY_SERVICE_SID;
    expect(await namesOf({ ...shared, TWILIO_VERIFY_SERVICE_SID_STEP_UP: sid })).toEqual([
      "TWILIO_VERIFY_SERVICE_SID_STEP_UP",
    ]);
  });

  it("are sent by the open channels; with codes of our own the text channel must be open", async () => {
    const own = { OTP_ENGINE: "messaging", TWILIO_FROM: "+12015550193" };
    const channelsOf = async (env: Record<string, unknown>) => {
      const outcome = await readConfig({ ...base, ...env }, now);
      return outcome.kind === "ok" ? outcome.config.channels : outcome.problems;
    };
    expect(await channelsOf({ CHANNELS: "" })).toEqual(["sms"]);
    expect(await channelsOf({ CHANNELS: "whatsapp,sms" })).toEqual(["sms", "whatsapp"]);
    expect(await channelsOf({ ...own, CHANNELS: "sms,call" })).toEqual(["sms"]);
    expect(await channelsOf({ ...own, CHANNELS: "call" })).toEqual([
      "CHANNELS: must list sms: OTP_ENGINE=messaging has no other channel",
    ]);
  });

  it("need no Verify service with codes of our own", async () => {
    const own = { OTP_ENGINE: "messaging", TWILIO_FROM: "+12015550193" };
    expect(await problemsOf({ ...all, ...keys, ...own })).toEqual([]);
  });

  it("need no service for sign-in if sign-in is not enabled", async () => {
    const settings = {
      PURPOSES: "two_factor",
      SERVICE_KEYS: serviceKeys({ purposes: ["two_factor"] }),
      TWILIO_VERIFY_SERVICE_SID: undefined,
      TWILIO_VERIFY_SERVICE_SID_TWO_FACTOR: verifyService("c"),
    };
    expect(await problemsOf(settings)).toEqual([]);
  });

  it("that only a backend can start need a service key", async () => {
    const own = { OTP_ENGINE: "messaging", TWILIO_FROM: "+12015550193" };
    const problems = await problemsOf({ ...own, PURPOSES: "two_factor,transaction" });
    expect(problems).toEqual([
      "SERVICE_KEYS: must list a key for two_factor, since PURPOSES does",
      "SERVICE_KEYS: must list a key for transaction, since PURPOSES does",
    ]);
  });

  it("may be those of a key in any of the lists", async () => {
    const listed = (name: string, letter: string, purpose: string) => ({
      [name]: serviceKeys({ sha256: letter.repeat(64), purposes: [purpose] }),
    });
    const lists = {
      ...listed("SERVICE_KEYS_2", "b", "two_factor"),
      ...listed("SERVICE_KEYS_9", "c", "transaction"),
    };
    expect(await problemsOf({ ...all, ...lists })).toEqual([]);
    expect(await problemsOf({ ...all, ...lists, ...listed("SERVICE_KEYS_9", "b", "x") })).toEqual([
      expect.stringMatching(/^SERVICE_KEYS_9: must be /),
      "SERVICE_KEYS: must list a key for transaction, since PURPOSES does",
    ]);
    const twice = { ...lists, ...listed("SERVICE_KEYS_9", "b", "transaction") };
    expect(await problemsOf({ ...all, ...twice })).toEqual(["SERVICE_KEYS_9: has one key twice"]);
    expect(await problemsOf(listed("SERVICE_KEYS_3", "b", "two_factor"))).toEqual([
      "SERVICE_KEYS_3: allows two_factor, which PURPOSES does not list",
    ]);
  });

  it("of a key must be enabled, and a backend's key cannot list step_up", async () => {
    const problems = await problemsOf({ SERVICE_KEYS: serviceKeys({ purposes: ["two_factor"] }) });
    expect(problems).toEqual(["SERVICE_KEYS: allows two_factor, which PURPOSES does not list"]);
    expect(await namesOf({ SERVICE_KEYS: serviceKeys({ purposes: ["step_up"] }) })).toEqual([
      "SERVICE_KEYS",
    ]);
  });
});

describe("good settings", () => {
  it("are read as written", async () => {
    const config = await configOf(await settingsOfThisVersion());
    expect(config).toMatchObject({
      development: false,
      appName: "My app: été 😀",
      issuer: "https://auth.example.com",
      audience: "https://api.example.com",
      clientId: "my.app:web-1_2",
      allowedOrigins: new Set([
        "https://app.example.com",
        "https://app.example.com:8443",
        "http://localhost:3000",
      ]),
      allowedCountries: new Set(["US", "GB"]),
      defaultCountry: "GB",
      extraRanges: [
        { prefix: "+1624", country: undefined },
        { prefix: "+1861", country: "US" },
        { prefix: "+4479", country: undefined },
      ],
      purposes: new Set(["sign_in", "step_up", "two_factor", "transaction"]),
      serviceKeys: [
        {
          clientId: "my-backend",
          sha256: "a".repeat(64),
          purposes: new Set(["sign_in", "two_factor", "transaction"]),
          scopes: new Set(["introspect", "admin", "admin:read"]),
        },
        {
          clientId: "my-backend",
          sha256: "b".repeat(64),
          purposes: new Set(),
          scopes: new Set(["subjects"]),
        },
      ],
      sendsPerAddress: [
        { count: 5, seconds: 600 },
        { count: 20, seconds: 86_400 },
      ],
      checksPerAddress: [{ count: 7, seconds: 30 }],
      sendsPerNumber: [{ count: 3, seconds: 600 }],
      budget: { total: 500, countries: { US: 50, "*": 5 } },
      engine: {
        name: "verify",
        services: new Map([
          ["sign_in", base.TWILIO_VERIFY_SERVICE_SID],
          ["step_up", verifyService("b")],
          ["two_factor", verifyService("c")],
          ["transaction", verifyService("d")],
        ]),
        fallback: {
          length: 8,
          lifetimeSeconds: 300,
          sender: { messagingServiceSid: "MG0123456789abcdef0123456789abcdef" },
          message: {
            texts: {
              fallback: "{code}: {app}, {minutes} min",
              byLanguage: { fr: "{code} : {app}", "pt-BR": "{code}: {app}" },
            },
            transactionTexts: {
              fallback: "{code}: {amount} to {payee}",
              byLanguage: { fr: "{code} : {amount} pour {payee}" },
            },
            appName: "My app: été 😀",
            webOtpDomain: "www.example.com",
            androidAppHash: "FA+9qCX9VSu",
          },
        },
      },
      accessTokenLifetimeSeconds: 3600,
      sessionIdleSeconds: 2 * 86_400,
      sessionMaxSeconds: 90 * 86_400,
      guard: {
        rules: {
          flood: "refuse",
          prefix: "challenge",
          country: "challenge",
          address_countries: "challenge",
          failed_checks: "challenge",
          voip: "off",
          pumping: "challenge",
        },
        captcha: { asked: "risky", siteKey: "0x4AAAAAAAexample", whenUnavailable: "go_on" },
        money: {
          microBudget: 50_000_000,
          currency: "USD",
          verifyMicroPrices: { US: 50_000, "*": 60_000 },
        },
        conversion: { leastDayCapacity: 40, dayShareOfBestDay: 0.5, leastHourCapacity: 3 },
        failedChecks: { leastFailed: 500, askMs: 30 * 60_000, windowMinutes: 10 },
        countries: { mostCountries: 5 },
        lookup: { pumpingScore: 80 },
        alerts: { url: "https://ops.example.com/phonegate", secret: "a-secret-of-sixteen" },
      },
    });
    expect(config.twilio).toMatchObject({
      username: "SK0123456789abcdef0123456789abcdef",
      password: "0123456789abcdefghijklmnopqrstuv",
      baseUrl: undefined,
      region: "ie1",
      edge: "dublin",
    });
    expect(config.subjectKey).toHaveLength(32);
    expect(config.peppers.map(({ version }) => version)).toEqual([1]);
    expect(config.signingKeys.map(({ kid }) => kid)).toEqual(["key-1"]);
  });

  it.each(["", "  ", undefined])("have their defaults when they are %j", async (unset) => {
    const optional = [
      "APP_NAME",
      "ISSUER",
      "AUDIENCE",
      "CLIENT_ID",
      "ALLOWED_ORIGINS",
      "ALLOWED_COUNTRIES",
      "DEFAULT_COUNTRY",
      "PURPOSES",
      "SERVICE_KEYS",
      "OTP_ENGINE",
      "TWILIO_API_KEY_SID",
      "TWILIO_API_KEY_SECRET",
      "TWILIO_REGION",
      "TWILIO_EDGE",
      "LIMIT_SEND_PER_IP",
      "LIMIT_CHECK_PER_IP",
      "ACCESS_TTL",
      "REFRESH_IDLE_TTL",
      "REFRESH_MAX_TTL",
    ];
    const config = await configOf(Object.fromEntries(optional.map((name) => [name, unset])));
    expect(config).toMatchObject({
      development: true,
      appName: "Phonegate",
      issuer: undefined,
      audience: undefined,
      clientId: "phonegate",
      allowedOrigins: new Set(),
      allowedCountries: undefined,
      defaultCountry: undefined,
      extraRanges: [],
      purposes: new Set(["sign_in"]),
      serviceKeys: [],
      sendsPerAddress: [
        { count: 10, seconds: 3600 },
        { count: 30, seconds: 86_400 },
      ],
      checksPerAddress: [{ count: 60, seconds: 3600 }],
      sendsPerNumber: [
        { count: 5, seconds: 600 },
        { count: 10, seconds: 86_400 },
      ],
      budget: { total: 1000, countries: {} },
      engine: { name: "verify", fallback: undefined },
      accessTokenLifetimeSeconds: 600,
      sessionIdleSeconds: 7 * 86_400,
      sessionMaxSeconds: 30 * 86_400,
    });
  });

  it("of our own codes conform to NIST unless the operator opts out by a setting", async () => {
    const own = { OTP_ENGINE: "messaging", TWILIO_FROM: "+12015550193" };
    expect((await configOf(own)).engine).toEqual({
      name: "messaging",
      ownCode: {
        length: 6,
        lifetimeSeconds: 600,
        sender: { from: "+12015550193" },
        message: {
          texts: expect.objectContaining({
            fallback: "{code} is your {app} code. It expires in {minutes} minutes.",
          }),
          transactionTexts: expect.objectContaining({
            fallback:
              "{code} confirms {amount} to {payee} at {app}. It expires in {minutes} minutes.",
          }),
          appName: "Phonegate",
          webOtpDomain: undefined,
          androidAppHash: undefined,
        },
      },
    });
    const weak = { ...own, OTP_LENGTH: "4", OTP_TTL: "1h" };
    expect(await problemsOf(weak)).toEqual([
      expect.stringMatching(/^OTP_LENGTH: .*ALLOW_NONCONFORMING=on.*NIST/),
      expect.stringMatching(/^OTP_TTL: .*ALLOW_NONCONFORMING=on.*NIST/),
    ]);
    expect((await configOf({ ...weak, ALLOW_NONCONFORMING: "on" })).engine).toMatchObject({
      ownCode: { length: 4, lifetimeSeconds: 3600 },
    });
  });

  it("name one sender of our own codes, and a Verify service only where it is used", async () => {
    const messaging = { OTP_ENGINE: "messaging", TWILIO_VERIFY_SERVICE_SID: undefined };
    const service = "MG0123456789abcdef0123456789abcdef";
    expect(await namesOf(messaging)).toEqual(["TWILIO_FROM"]);
    const both = { TWILIO_FROM: "12345", TWILIO_MESSAGING_SERVICE_SID: service };
    expect(await namesOf({ ...messaging, ...both })).toEqual(["TWILIO_FROM"]);
    for (const from of ["+12015550193", "12345", "My App"])
      expect((await configOf({ ...messaging, TWILIO_FROM: from })).engine).toMatchObject({
        ownCode: { sender: { from } },
      });
    expect(await namesOf({ OTP_FALLBACK: "messaging" })).toEqual(["TWILIO_FROM"]);
    expect(
      await namesOf({ ...messaging, TWILIO_FROM: "12345", OTP_FALLBACK: "messaging" }),
    ).toEqual(["OTP_FALLBACK"]);
  });

  it("use the issuer as audience if no audience is set", async () => {
    expect((await configOf(production)).audience).toBe("https://auth.example.com");
  });

  it("are all in wrangler.toml, except secrets and bindings; nothing else is in it", async () => {
    const secret =
      /^(SIGNING_KEYS|SUBJECT_KEY|PEPPERS|SERVICE_KEYS(_[2-9])?|TURNSTILE_SECRET|ALERT_WEBHOOK_SECRET|EVENTS_SECRET|HOOK_SECRET|TWILIO_(ACCOUNT_SID|AUTH_TOKEN|API_KEY_.*))$/;
    const isVariable = ([name, value]: [string, unknown]) =>
      typeof value === "string" && !secret.test(name) && !name.startsWith("__VITEST");
    const namesIn = (env: object) =>
      Object.entries(env)
        .filter(isVariable)
        .map(([name]) => name);
    expect(namesIn(wranglerEnv).toSorted()).toEqual(
      namesIn(await settingsOfThisVersion()).toSorted(),
    );
  });
});

describe("the lifetimes of a session", () => {
  const hour = 3600;
  const day = 24 * hour;

  it.each([
    ["1h and a second", "3601s", "1h"],
    ["a day more", "31d", "30d"],
    ["the longest", "400d", "399d"],
  ])(
    "are refused if the idle lifetime is %s longer than the whole lifetime",
    async (_, idle, max) => {
      const problems = await problemsOf({ REFRESH_IDLE_TTL: idle, REFRESH_MAX_TTL: max });
      expect(problems).toEqual(["REFRESH_IDLE_TTL: must not be longer than REFRESH_MAX_TTL"]);
    },
  );

  it("are refused if the idle lifetime is longer than the default of the whole lifetime", async () => {
    expect(await namesOf({ REFRESH_IDLE_TTL: "31d" })).toEqual(["REFRESH_IDLE_TTL"]);
    expect(await namesOf({ REFRESH_IDLE_TTL: "30d" })).toEqual([]);
  });

  it.each([
    [undefined, undefined, 7 * day, 30 * day],
    ["", " ", 7 * day, 30 * day],
    [undefined, "6d", 6 * day, 6 * day],
    [undefined, "1h", hour, hour],
    [undefined, "400d", 7 * day, 400 * day],
    ["1h", undefined, hour, 30 * day],
    ["400d", "400d", 400 * day, 400 * day],
  ])("idle %j and in all %j are %d and %d seconds", async (idle, max, idleSeconds, maxSeconds) => {
    const config = await configOf({ REFRESH_IDLE_TTL: idle, REFRESH_MAX_TTL: max });
    expect([config.sessionIdleSeconds, config.sessionMaxSeconds]).toEqual([
      idleSeconds,
      maxSeconds,
    ]);
  });
});

describe("what must be set", () => {
  it.each([
    "TWILIO_ACCOUNT_SID",
    "TWILIO_AUTH_TOKEN",
    "TWILIO_VERIFY_SERVICE_SID",
    "SIGNING_KEYS",
    "SUBJECT_KEY",
    "PEPPERS",
    "LIMITS",
    "PHONE_LEDGER",
    "SEND_BUDGET",
    "SUBJECT_SESSIONS",
  ])("is %s", async (name) => {
    expect(await namesOf({ [name]: undefined })).toEqual([name]);
    const isBinding = typeof base[name] === "object";
    if (!isBinding) expect(await namesOf({ [name]: " " })).toEqual([name]);
  });

  it("is ISSUER and ALLOWED_COUNTRIES in production", async () => {
    expect(await namesOf({ TWILIO_BASE_URL: "" })).toEqual(["ISSUER", "ALLOWED_COUNTRIES"]);
    expect((await configOf(production)).development).toBe(false);
  });

  it("is an https issuer in production; http for this machine is accepted in development only", async () => {
    const local = { ISSUER: "http://127.0.0.1:8787" };
    expect(await namesOf({ ...production, ...local })).toEqual(["ISSUER"]);
    expect((await configOf(local)).issuer).toBe("http://127.0.0.1:8787");
  });

  it("is a default country among the allowed ones", async () => {
    expect(await namesOf({ ALLOWED_COUNTRIES: "US,GB", DEFAULT_COUNTRY: "DE" })).toEqual([
      "DEFAULT_COUNTRY",
    ]);
  });
});

describe("TWILIO_BASE_URL", () => {
  it.each([
    "http://127.0.0.1@evil.example",
    "http://127.0.0.1:8788@evil.example",
    "http://evil.example#127.0.0.1",
    "http://evil.example?127.0.0.1",
    "http://evil.example/127.0.0.1",
    "http://evil.example\\@127.0.0.1",
    "http://localhost.evil.example",
    "http://127.0.0.1.evil.example",
    "http://127.0.0.1.",
    "http://localhost.",
    "http://[::ffff:8.8.8.8]",
    "http://[::ffff:127.0.0.1]",
    "http://0.0.0.0:8788",
    "http://10.0.0.1:8788",
    "http://169.254.169.254",
    "https://verify.twilio.com",
    "http://user@127.0.0.1:8788",
    "http://user:password@127.0.0.1:8788",
    "http://127.0.0.1:8788/",
    "http://127.0.0.1:8788/v2",
    "http://127.0.0.1:8788?x",
    "http://127.1:8788",
    "http://2130706433:8788",
    "http://0x7f000001",
    "HTTP://localhost:8788",
    "ws://127.0.0.1:8788",
    "file:///etc/hosts",
    "127.0.0.1:8788",
    "localhost",
    "on",
  ])("refuses %s, and a refused value does not switch to development", async (url) => {
    expect(await namesOf({ TWILIO_BASE_URL: url })).toEqual([
      "TWILIO_BASE_URL",
      "ISSUER",
      "ALLOWED_COUNTRIES",
    ]);
    expect(await namesOf({ ...production, TWILIO_BASE_URL: url })).toEqual(["TWILIO_BASE_URL"]);
  });

  it.each([
    "http://127.0.0.1:8788",
    "http://127.0.0.2",
    "http://localhost:8788",
    "http://[::1]:8788",
    "https://localhost:8443",
  ])("accepts %s, and switches to development", async (url) => {
    const config = await configOf({ TWILIO_BASE_URL: url });
    expect(config).toMatchObject({ development: true, twilio: { baseUrl: url } });
  });
});

describe("Twilio's credentials", () => {
  const keySid = "SK0123456789abcdef0123456789abcdef";
  const keySecret = "0123456789abcdefghijklmnopqrstuv";

  it("are refused with half of an API key, beside an auth token too", async () => {
    expect(await namesOf({ TWILIO_API_KEY_SID: keySid })).toEqual(["TWILIO_API_KEY_SECRET"]);
    expect(await namesOf({ TWILIO_API_KEY_SECRET: keySecret })).toEqual(["TWILIO_API_KEY_SID"]);
    const without = { TWILIO_AUTH_TOKEN: undefined };
    expect(await namesOf({ ...without, TWILIO_API_KEY_SID: keySid })).toEqual([
      "TWILIO_API_KEY_SECRET",
    ]);
  });

  it("are an API key or the account's token; with both the API key is used", async () => {
    const key = { TWILIO_API_KEY_SID: keySid, TWILIO_API_KEY_SECRET: keySecret };
    const ofKey = { username: keySid, password: keySecret };
    expect((await configOf({ ...key, TWILIO_AUTH_TOKEN: undefined })).twilio).toMatchObject(ofKey);
    expect((await configOf(key)).twilio).toMatchObject(ofKey);
    expect((await configOf()).twilio).toMatchObject({
      username: base.TWILIO_ACCOUNT_SID,
      password: base.TWILIO_AUTH_TOKEN,
    });
  });
});

describe("SIGNING_KEYS", () => {
  const list = (...keys: unknown[]) => ({ SIGNING_KEYS: JSON.stringify({ keys }) });

  it.each([
    "not JSON",
    "{",
    "[]",
    "null",
    "5",
    '"keys"',
    "{}",
    '{"keys":[]}',
    '{"keys":{}}',
    '{"keys":null}',
    '{"kty":"EC"}',
  ])("refuses %s as no list of keys", async (text) => {
    expect(await problemsOf({ SIGNING_KEYS: text })).toEqual([
      'SIGNING_KEYS: must be {"keys":[…]} with at least one key',
    ]);
  });

  it("refuses more keys than a rotation needs", async () => {
    const jwk = await signingJwk("a");
    const many = Array.from({ length: 11 }, (_, index) => ({ ...jwk, kid: `key-${index}` }));
    expect(await namesOf(list(...many))).toEqual(["SIGNING_KEYS"]);
    expect(await namesOf(list(...many.slice(1)))).toEqual([]);
  });

  it("refuses a key that cannot sign as ES256, and says which", async () => {
    const good = await signingJwk("good");
    const other = await signingJwk("other");
    const { d: _d, ...publicOnly } = good;
    const { kid: _kid, ...nameless } = good;
    const p384 = await generateKeyPair("ES384", { extractable: true });
    const bad: [unknown, string][] = [
      [publicOnly, "has no private part (d)"],
      [
        { kty: "oct", alg: "HS256", kid: "a", k: randomKey() },
        "is neither an ES256 key (kty EC, crv P-256), nor an EdDSA key (kty OKP, crv Ed25519), nor an RS256 key (kty RSA)",
      ],
      [
        { ...(await exportJWK(p384.privateKey)), kid: "a" },
        "is neither an ES256 key (kty EC, crv P-256), nor an EdDSA key (kty OKP, crv Ed25519), nor an RS256 key (kty RSA)",
      ],
      [
        { ...good, alg: "HS256" },
        "is neither an ES256 key (kty EC, crv P-256), nor an EdDSA key (kty OKP, crv Ed25519), nor an RS256 key (kty RSA)",
      ],
      [
        { ...good, alg: "none" },
        "is neither an ES256 key (kty EC, crv P-256), nor an EdDSA key (kty OKP, crv Ed25519), nor an RS256 key (kty RSA)",
      ],
      [nameless, "has no kid of"],
      [{ ...good, kid: "" }, "has no kid of"],
      [{ ...good, kid: 5 }, "has no kid of"],
      [{ ...good, kid: "a\nb" }, "has no kid of"],
      [{ ...good, kid: "x".repeat(65) }, "has no kid of"],
      [{ ...good, kid: other.kid }, "has the kid of another key"],
      [{ ...good, x: undefined }, "has no x and y"],
      [{ ...good, y: 5 }, "has no x and y"],
      [{ ...good, x: good.y }, "cannot be imported"],
      [{ ...good, d: `${String(good.d)}==` }, "needs x, y and d of 32 bytes"],
      [{ ...good, d: "AAAA" }, "needs x, y and d of 32 bytes"],
      [{ ...good, x: `${String(good.x)}=` }, "needs x, y and d of 32 bytes"],
      [{ ...good, y: ` ${String(good.y)}` }, "needs x, y and d of 32 bytes"],
      [{ ...good, x: other.x, y: other.y }, "cannot be imported"],
      [{ ...good, d: other.d }, "cannot be imported"],
      ["a", "is not an object"],
      [null, "is not an object"],
      [[good], "is not an object"],
    ];
    for (const [key, cure] of bad) {
      const [problem, ...more] = await problemsOf(list(other, key));
      expect([JSON.stringify(key), problem, more.length]).toEqual([
        JSON.stringify(key),
        expect.stringContaining(`SIGNING_KEYS: key 2 ${cure}`),
        0,
      ]);
    }
    expect(await problemsOf(list(publicOnly, other, nameless))).toHaveLength(2);
  });

  it("refuses a key that cannot sign as EdDSA, and says which", async () => {
    const good = await signingJwk("good", "EdDSA");
    const other = await signingJwk("other", "EdDSA");
    const { d: _d, ...publicOnly } = good;
    const { alg: _alg, ...unnamed } = good;
    const elliptic = await signingJwk("a");
    const x25519 = await generateKeyPair("ECDH-ES", { crv: "X25519", extractable: true });
    const neither =
      "is neither an ES256 key (kty EC, crv P-256), nor an EdDSA key (kty OKP, crv Ed25519), nor an RS256 key (kty RSA)";
    const bad: [unknown, string][] = [
      [publicOnly, "has no private part (d)"],
      [{ ...good, d: null }, "has no private part (d)"],
      [{ ...(await exportJWK(x25519.privateKey)), kid: "a" }, neither],
      [{ ...good, crv: "Ed448" }, neither],
      [{ ...good, crv: "P-256" }, neither],
      [{ ...good, kty: "EC" }, neither],
      [{ ...good, alg: "ES256" }, neither],
      [{ ...good, alg: "HS256" }, neither],
      [{ ...good, alg: null }, neither],
      [{ ...elliptic, alg: "EdDSA" }, neither],
      [{ ...elliptic, crv: "Ed25519" }, neither],
      [{ ...unnamed, crv: "toString" }, neither],
      [{ ...unnamed, crv: "__proto__" }, neither],
      [{ ...good, x: undefined }, "has no x"],
      [{ ...good, x: `${String(good.x)}=` }, "needs x and d of 32 bytes"],
      [{ ...good, d: `${String(good.d)}=` }, "needs x and d of 32 bytes"],
      [{ ...good, d: randomKey(31) }, "needs x and d of 32 bytes"],
      [{ ...good, d: randomKey(64) }, "needs x and d of 32 bytes"],
      [{ ...good, x: other.x }, "has x of another key"],
      [{ ...good, d: other.d }, "has x of another key"],
    ];
    for (const [key, cure] of bad) {
      const problems = await problemsOf(list(other, key));
      expect([JSON.stringify(key), problems]).toEqual([
        JSON.stringify(key),
        [expect.stringContaining(`SIGNING_KEYS: key 2 ${cure}`)],
      ]);
    }
  });

  it.each([
    ["zeros", []],
    ["one", [1]],
    ["the same byte all over", Array<number>(32).fill(0x5a)],
    ["a few bytes again and again", Array.from({ length: 32 }, (_, index) => index % 7)],
    ["a word", [...new TextEncoder().encode("changeme".repeat(4))]],
  ])("refuses the private part %s, which is easy to guess", async (_, end) => {
    const d = encodeBase64Url(Uint8Array.from([...Array<number>(32 - end.length).fill(0), ...end]));
    for (const key of [await signingJwk("weak"), await signingJwk("weak", "EdDSA")]) {
      const problems = await problemsOf(list({ ...key, d }));
      expect(problems).toEqual([
        "SIGNING_KEYS: key 1 has a private part (d) that is easy to guess",
      ]);
    }
  });

  describe("of RSA", () => {
    const good = signingJwk("good", "RS256");

    it("are accepted from 2048 bits on, also without an alg, and published without a private part", async () => {
      const { alg: _alg, ...unnamed } = await good;
      const { privateKey } = await generateKeyPair("RS256", {
        modulusLength: 3072,
        extractable: true,
      });
      const larger = { ...(await exportJWK(privateKey)), kid: "larger", alg: "RS256" };
      const config = await configOf(list(unnamed, larger, await signingJwk("es")));
      expect(config.signingKeys.map(({ kid, algorithm }) => [kid, algorithm])).toEqual([
        ["good", "RS256"],
        ["larger", "RS256"],
        ["es", "ES256"],
      ]);
      const [{ publicJwk, privateKey: ours }] = config.signingKeys;
      expect(publicJwk).toEqual({
        kty: "RSA",
        n: unnamed.n,
        e: "AQAB",
        kid: "good",
        alg: "RS256",
        use: "sig",
      });
      expect(ours.extractable).toBe(false);
    });

    it("are refused below 2048 bits", async () => {
      const key = await good;
      const bytes = decodeBase64Url(String(key.n)) ?? new Uint8Array();
      for (const bits of [8, 512, 1024, 2040]) {
        const n = encodeBase64Url(bytes.slice(0, bits / 8));
        expect(await problemsOf(list({ ...key, n }))).toEqual([
          `SIGNING_KEYS: key 1 has ${bits} bits; RS256 needs 2048 or more`,
        ]);
      }
      const n = encodeBase64Url(Uint8Array.of(0x7f, ...bytes.slice(1)));
      expect(await problemsOf(list({ ...key, n }))).toEqual([
        "SIGNING_KEYS: key 1 has 2047 bits; RS256 needs 2048 or more",
      ]);
    });

    it("are refused where a part is missing, malformed, of another key, or not for RS256", async () => {
      const key = await good;
      const other = await signingJwk("other", "RS256");
      const text = (name: string) => String(key[name]);
      const without = (name: string) => ({ ...key, [name]: undefined });
      const noPrivate = "has no private part (d, p, q, dp, dq, qi)";
      const malformed = "needs n, d, p, q, dp, dq and qi in base64url";
      const bad: [unknown, string][] = [
        ...["d", "p", "q", "dp", "dq", "qi"].map((name): [unknown, string] => [
          without(name),
          noPrivate,
        ]),
        [without("n"), "has no n and e"],
        [without("e"), "has no n and e"],
        [{ ...key, n: 5 }, "has no n and e"],
        [{ ...key, n: `${text("n")}=` }, malformed],
        [{ ...key, n: `AAAA${text("n")}` }, malformed],
        [{ ...key, d: `${text("d")}==` }, malformed],
        [{ ...key, p: ` ${text("p")}` }, malformed],
        [{ ...key, qi: "" }, malformed],
        [{ ...key, e: "Aw" }, "needs e of AQAB"],
        [{ ...key, e: "AAEAAQ" }, "needs e of AQAB"],
        [{ ...key, d: encodeBase64Url(new Uint8Array(256).fill(1)) }, "has a private part (d)"],
        [{ ...key, alg: "RS384" }, "is neither an ES256 key"],
        [{ ...key, alg: "RS512" }, "is neither an ES256 key"],
        [{ ...key, alg: "PS256" }, "is neither an ES256 key"],
        [{ ...key, alg: "RSA-OAEP" }, "is neither an ES256 key"],
        [{ ...key, alg: "ES256" }, "is neither an ES256 key"],
        [{ ...key, kty: "EC" }, "is neither an ES256 key"],
      ];
      for (const [jwk, cure] of bad)
        expect([JSON.stringify(jwk), await problemsOf(list(jwk))]).toEqual([
          JSON.stringify(jwk),
          [expect.stringContaining(`SIGNING_KEYS: key 1 ${cure}`)],
        ]);
      // A wrong d harms nothing: keys with primes do not sign with it.
      for (const name of ["n", "p", "q", "dp", "dq", "qi"]) {
        const mixed = { ...key, [name]: other[name] };
        expect([name, await problemsOf(list(mixed))]).toEqual([
          name,
          [
            expect.stringMatching(
              /^SIGNING_KEYS: key 1 (cannot be imported|has n and e of another)/,
            ),
          ],
        ]);
      }
    });
  });

  it("accepts EdDSA keys, also without an alg and beside ES256 keys", async () => {
    const { alg: _alg, ...unnamed } = await signingJwk("ed", "EdDSA");
    const config = await configOf(list(unnamed, await signingJwk("es")));
    expect(config.signingKeys.map(({ kid, algorithm }) => [kid, algorithm])).toEqual([
      ["ed", "EdDSA"],
      ["es", "ES256"],
    ]);
    const [{ publicJwk, privateKey }] = config.signingKeys;
    expect(publicJwk).toEqual({
      kty: "OKP",
      crv: "Ed25519",
      x: unnamed.x,
      kid: "ed",
      alg: "EdDSA",
      use: "sig",
    });
    expect(privateKey.extractable).toBe(false);
  });

  it("signs with the first and publishes all, without their private parts", async () => {
    const keys = [await signingJwk("new"), await signingJwk("old")];
    const config = await configOf(list(...keys));
    expect(config.signingKeys.map(({ kid }) => kid)).toEqual(["new", "old"]);
    for (const { publicJwk, privateKey } of config.signingKeys) {
      expect(Object.keys(publicJwk).toSorted()).toEqual([
        "alg",
        "crv",
        "kid",
        "kty",
        "use",
        "x",
        "y",
      ]);
      expect(privateKey.extractable).toBe(false);
    }
  });
});

describe("PEPPERS", () => {
  const key = randomKey();
  it.each([
    ["a version of 0", `0:${key}`],
    ["a version of 256", `256:${key}`],
    ["a version that is no number", `a:${key}`],
    ["a negative version", `-1:${key}`],
    ["a version with a zero in front", `01:${key}`],
    ["no version", key],
    ["no key", "1:"],
    ["a short key", `1:${randomKey(31)}`],
    ["a padded key", `1:${key}=`],
    ["standard base64", `1:${"+/".repeat(22)}`],
    ["a placeholder", `1:${"A".repeat(43)}`],
    ["a repeated word", `1:${"changeme".repeat(8)}`],
    ["one version twice", `1:${key},1:${randomKey()}`],
    ["one key under two versions", `2:${key},1:${key}`],
    ["a bad one behind a good one", `2:${key},1:short`],
    ["an empty entry", `1:${key},`],
    ["a semicolon", `2:${key};1:${randomKey()}`],
  ])("refuses %s", async (_what, text) => {
    expect(await namesOf({ PEPPERS: text })).toEqual(["PEPPERS"]);
  });

  it("are a list whose first is in use, versions 1 to 255", async () => {
    const config = await configOf({ PEPPERS: `255:${key}, 1:${randomKey(64)}` });
    expect(config.peppers.map(({ version, bytes }) => [version, bytes.length])).toEqual([
      [255, 32],
      [1, 64],
    ]);
  });
});

describe("reading the configuration", () => {
  it("happens once per environment", async () => {
    const env = { ...base };
    const first = await readConfig(env, now);
    expect(await readConfig(env, now)).toBe(first);
    expect(await readConfig({ ...env }, now)).not.toBe(first);
    const bad: Env = { ...base, ISSUER: "x" };
    expect(await readConfig(bad, now)).toBe(await readConfig(bad, now));
  });

  it("returns the signing keys beside a mistake in another setting", async () => {
    const keysOf = (outcome: ConfigOutcome) =>
      outcome.kind === "not_configured" && outcome.signingKeys?.length;
    expect(keysOf(await readConfig({ ...base, PEPPERS: "" }, now))).toBe(1);
    expect(keysOf(await readConfig({ ...base, SIGNING_KEYS: "x" }, now))).toBeUndefined();
  });
});

describe("with a mistake in the configuration", () => {
  const bad = { PEPPERS: "1:Marker-7Q", ALLOWED_ORIGINS: "https://app.example.com" };
  // `/` shows the set-up page then: pages/setup-page.test.ts.
  const closed = [
    "/v1/verifications",
    "/v1/verifications/vrf_x",
    "/v1/verifications/vrf_x/check",
    "/v1/verifications/vrf_x/resend",
    "/nothing",
    "/healthz/",
    "/V1/verifications",
  ];

  it.each(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])(
    "every %s outside of what explains it is 503 not_configured, and nothing leaves",
    async (method) => {
      const world = await createWorld({ env: bad });
      for (const path of closed) {
        const body = method === "POST" ? JSON.stringify({ to: "+12015550123" }) : null;
        const headers = { "Content-Type": "application/json", Origin: "https://app.example.com" };
        const response = await world.send(path, { method, headers, body });
        expect([path, response.status]).toEqual([path, 503]);
        if (method !== "HEAD")
          expect(await response.json()).toMatchObject({ code: "not_configured" });
      }
      expect(world.outgoing).toEqual([]);
      expect(world.lines.join("\n")).not.toContain("Marker");
    },
  );

  const build = { version: "1.2.3", commit: "8c89e730fd5dc1a7ca4a2e1b3a8f51a2d9e0c4b7" };

  it("/healthz names the settings and never a value", async () => {
    const world = await createWorld({ env: bad });
    const response = await world.send("/healthz");
    expect(response.status).toBe(503);
    const text = await response.text();
    expect(JSON.parse(text)).toEqual({
      ok: false,
      problems: [expect.stringMatching(/^PEPPERS: /)],
      ...build,
    });
    expect(text).not.toContain("Marker");
    expect(response.headers.get("Cache-Control")).toBe("no-store");
  });

  it("the pages of the problems are served", async () => {
    const world = await createWorld({ env: bad });
    for (const code of Object.keys(problemTypes))
      expect((await world.send(`/problems/${code}`)).status).toBe(200);
    expect((await world.send("/problems/nothing")).status).toBe(404);
  });

  it("the JWKS is served as long as its keys parse", async () => {
    const world = await createWorld({ env: bad });
    const served = await world.send("/.well-known/jwks.json");
    expect(served.status).toBe(200);
    expect(await served.json()).toMatchObject({ keys: [{ kid: "key-1" }] });
    const without = await createWorld({ env: { SIGNING_KEYS: "x" } });
    const refused = await without.send("/.well-known/jwks.json");
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({
      code: "not_configured",
      type: `${workerOrigin}/problems/not_configured`,
    });
  });

  it("a corrected environment works at once", async () => {
    const world = await createWorld({ env: bad });
    expect((await world.post("/v1/verifications", { to: "+12015550123" })).status).toBe(503);
    const mended = await createWorld({ env: { ALLOWED_ORIGINS: bad.ALLOWED_ORIGINS } });
    expect((await mended.post("/v1/verifications", { to: "+12015550123" })).status).toBe(201);
    expect(await (await mended.send("/healthz")).json()).toEqual({
      ok: true,
      problems: [],
      ...build,
    });
  });
});

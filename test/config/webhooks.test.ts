import { describe, expect, it } from "vitest";
import { readEvents, readHooks } from "../../src/config/webhooks.ts";
import { EnvReader } from "../../src/lib/env-reader.ts";

const one = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const other = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDCQ==";
const url = "https://backend.example.com/phonegate";

function read(env: Record<string, string>, development = false) {
  const reader = new EnvReader(env);
  const target = readEvents(reader, development);
  return { target, problems: reader.problems };
}

describe("where events go", () => {
  it("is nowhere unless it is set", () => {
    expect(read({})).toEqual({ target: undefined, problems: [] });
    expect(read({ EVENTS_SECRET: one })).toEqual({ target: undefined, problems: [] });
  });

  it("is an https address with one secret, or two while rotating", () => {
    const { target, problems } = read({ EVENTS_URL: url, EVENTS_SECRET: `${one} ${other}` });
    expect(problems).toEqual([]);
    expect(target?.url).toBe(url);
    expect(target?.secrets.map(({ length }) => length)).toEqual([24, 25]);
  });

  it.each([
    "backend.example.com",
    "ftp://backend.example.com",
    "http://backend.example.com/",
    "http://127.0.0.1:9000/",
    "https://127.0.0.1/",
    "https://localhost/",
    "https://10.0.0.1/",
    "https://169.254.169.254/latest/meta-data",
    "https://2130706433/",
    "https://[::ffff:192.168.0.1]/",
    "https://[fd00::1]/",
    "https://metadata.google.internal/",
    "https://user:secret@backend.example.com/",
    "https://backend.example.com/#here",
    `https://backend.example.com/${"x".repeat(500)}`,
  ])("in production is not %s", (address) => {
    const { target, problems } = read({ EVENTS_URL: address, EVENTS_SECRET: one });
    expect(target).toBeUndefined();
    expect(problems).toEqual([expect.stringMatching(/^EVENTS_URL: must /)]);
    expect(problems.join()).not.toContain("secret@");
  });

  it.each(["http://127.0.0.1:9000/events", "http://localhost:9000/", "http://[::1]:9000/"])(
    "on a laptop may be %s",
    (address) => {
      const { target, problems } = read({ EVENTS_URL: address, EVENTS_SECRET: one }, true);
      expect(problems).toEqual([]);
      expect(target?.url).toBe(address);
    },
  );

  it.each(["http://10.0.0.1/", "https://10.0.0.1/", "http://backend.example.com/"])(
    "on a laptop is not %s",
    (address) => {
      const { problems } = read({ EVENTS_URL: address, EVENTS_SECRET: one }, true);
      expect(problems).toHaveLength(1);
    },
  );

  it("needs a secret, of the right form, which no problem repeats", () => {
    const missing = read({ EVENTS_URL: url });
    expect(missing.problems).toEqual([
      "EVENTS_SECRET: must be set with EVENTS_URL: it signs the events",
    ]);
    const wrong = read({ EVENTS_URL: url, EVENTS_SECRET: "a-plain-secret-of-mine" });
    expect(wrong.problems).toEqual([expect.stringMatching(/^EVENTS_SECRET: must be whsec_/)]);
    expect(wrong.problems.join()).not.toContain("mine");
  });
});

describe("the hooks", () => {
  const hooks = (env: Record<string, string>) => {
    const reader = new EnvReader(env);
    const config = readHooks(reader, false);
    return { ...config, problems: reader.problems };
  };

  it("are off unless one is set; then a no is told, and an outage refuses", () => {
    expect(hooks({})).toEqual({
      beforeSend: undefined,
      beforeSession: undefined,
      refusal: "tell",
      whenUnavailable: "refuse",
      problems: [],
    });
  });

  it("have an address each, and one secret", () => {
    const config = hooks({
      HOOK_BEFORE_SEND_URL: url,
      HOOK_SECRET: one,
      HOOK_REFUSAL: "hide",
      HOOK_UNAVAILABLE: "go_on",
    });
    expect(config).toMatchObject({ refusal: "hide", whenUnavailable: "go_on", problems: [] });
    expect(config.beforeSend?.url).toBe(url);
    expect(config.beforeSession).toBeUndefined();
  });

  it.each([
    [{ HOOK_BEFORE_SEND_URL: url }, "HOOK_SECRET"],
    [{ HOOK_BEFORE_SESSION_URL: url }, "HOOK_SECRET"],
    [{ HOOK_BEFORE_SESSION_URL: url, HOOK_SECRET: "secret" }, "HOOK_SECRET"],
    [{ HOOK_BEFORE_SEND_URL: "http://a.example.com", HOOK_SECRET: one }, "HOOK_BEFORE_SEND_URL"],
    [{ HOOK_BEFORE_SESSION_URL: "https://10.1.1.1", HOOK_SECRET: one }, "HOOK_BEFORE_SESSION_URL"],
    [{ HOOK_REFUSAL: "lie" }, "HOOK_REFUSAL"],
    [{ HOOK_UNAVAILABLE: "open" }, "HOOK_UNAVAILABLE"],
  ])("with %j are a problem of %s", (env, name) => {
    expect(hooks(env).problems).toEqual([expect.stringMatching(new RegExp(`^${name}: must `))]);
  });
});

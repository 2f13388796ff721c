import { describe, expect, it } from "vitest";
import { readCaptcha } from "../../src/config/captcha.ts";
import { EnvReader } from "../../src/lib/env-reader.ts";

const keys = {
  TURNSTILE_SITE_KEY: "0x4AAAAAAAC3DHQFLr1GavRN",
  TURNSTILE_SECRET: "0x4AAAAAAAC3DHQhMMQ_Rxrg-secret",
};
const dummies = {
  TURNSTILE_SITE_KEY: "1x00000000000000000000AA",
  TURNSTILE_SECRET: "1x0000000000000000000000000000000AA",
};

function read(env: Record<string, string>, development = false) {
  const reader = new EnvReader(env);
  const captcha = readCaptcha(reader, development);
  return { captcha, names: reader.problems.map((problem) => problem.split(":")[0]) };
}

describe("the captcha's settings", () => {
  it("are empty if it is off or unset, with or without keys", () => {
    for (const env of [{}, { TURNSTILE: "off" }, keys, { ...keys, TURNSTILE: "off" }])
      expect(read(env)).toEqual({ captcha: undefined, names: [] });
  });

  it("are the keys if a captcha is required, and by default a silent Turnstile refuses", () => {
    for (const asked of ["risky", "always"])
      expect(read({ ...keys, TURNSTILE: asked })).toEqual({
        captcha: {
          asked,
          siteKey: keys.TURNSTILE_SITE_KEY,
          secret: keys.TURNSTILE_SECRET,
          baseUrl: undefined,
          whenUnavailable: "refuse",
          development: false,
        },
        names: [],
      });
    const env = { ...keys, TURNSTILE: "risky", TURNSTILE_UNAVAILABLE: "go_on" };
    expect(read(env).captcha?.whenUnavailable).toBe("go_on");
  });

  it("name each key that is missing", () => {
    expect(read({ TURNSTILE: "risky" })).toEqual({
      captcha: undefined,
      names: ["TURNSTILE_SITE_KEY", "TURNSTILE_SECRET"],
    });
  });

  it("refuse Cloudflare's dummy keys, with which every caller passes, except in development", () => {
    const env = { ...dummies, TURNSTILE: "always" };
    expect(read(env)).toEqual({
      captcha: undefined,
      names: ["TURNSTILE_SITE_KEY", "TURNSTILE_SECRET"],
    });
    const { captcha, names } = read({ ...env, TURNSTILE_BASE_URL: "http://127.0.0.1:8788" }, true);
    expect(captcha).toMatchObject({ baseUrl: "http://127.0.0.1:8788", development: true });
    expect(names).toEqual([]);
  });

  it.each([
    ["TURNSTILE", ["on", "Risky", "0"]],
    ["TURNSTILE_UNAVAILABLE", ["pass", "strict", "off"]],
    ["TURNSTILE_SITE_KEY", ["key", "0x", "0x4AA AAAAAAAA", `0x${"A".repeat(101)}`]],
    ["TURNSTILE_SECRET", ["secret", "x4AAAAAAAAAAAA"]],
    [
      "TURNSTILE_BASE_URL",
      [
        "https://challenges.cloudflare.com",
        "http://127.0.0.1:8788/",
        "http://127.0.0.1@evil.example",
        "http://127.0.0.1.evil.example",
        "http://user@127.0.0.1:8788",
        "127.0.0.1:8788",
      ],
    ],
  ])("%s with a bad value is refused, and the error names it", (name, values) => {
    for (const value of values) {
      const { names } = read({ ...keys, TURNSTILE: "risky", [name]: value }, true);
      expect([value, names]).toEqual([value, [name]]);
    }
  });

  it("allow another Turnstile than Cloudflare's only in development", () => {
    const env = { ...keys, TURNSTILE: "risky", TURNSTILE_BASE_URL: "http://127.0.0.1:8788" };
    expect(read(env, true).names).toEqual([]);
    expect(read(env, false).names).toEqual(["TURNSTILE_BASE_URL"]);
  });
});

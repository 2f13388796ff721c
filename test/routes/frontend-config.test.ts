import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { frontendConfig, type FrontendConfig } from "../../src/contract/frontend-config.ts";
import { problem } from "../helpers/problem.ts";
import { createWorld, type World } from "../helpers/world.ts";

const listed = "https://shop.example.com";

async function configOf(world: World, country?: string): Promise<FrontendConfig> {
  const cf = country === undefined ? {} : { country };
  const answer = await world.send("/v1/config", { cf });
  expect(answer.status).toBe(200);
  return v.parse(frontendConfig, await answer.json());
}

const messaging = { OTP_ENGINE: "messaging", TWILIO_FROM: "+12015550193" };

describe("GET /v1/config", () => {
  it("allows GET only", async () => {
    const world = await createWorld();
    const answer = await world.send("/v1/config", { method: "POST" });
    expect([answer.status, answer.headers.get("Allow")]).toEqual([405, "GET"]);
  });

  it("has the app's name, the countries with their calling codes, the channels and the code's length", async () => {
    const world = await createWorld({
      env: { APP_NAME: "Shop", ALLOWED_COUNTRIES: "US,DE", DEFAULT_COUNTRY: "US" },
    });
    expect(await configOf(world)).toEqual({
      app_name: "Shop",
      countries: ["DE", "US"],
      calling_codes: { DE: "49", US: "1" },
      country: "US",
      channels: ["sms", "call", "whatsapp"],
      code_length: 6,
    });
  });

  it("has every country with a numbering plan if all are served", async () => {
    const { countries, calling_codes, country } = await configOf(await createWorld());
    expect(countries.length).toBeGreaterThan(230);
    expect(Object.keys(calling_codes).toSorted()).toEqual(countries);
    expect(country).toBeUndefined();
  });

  it("has the caller's country if it is served, otherwise the default country", async () => {
    const env = { ALLOWED_COUNTRIES: "US,DE", DEFAULT_COUNTRY: "US" };
    const world = await createWorld({ env });
    expect((await configOf(world, "DE")).country).toBe("DE");
    expect((await configOf(world, "FR")).country).toBe("US");
    expect((await configOf(world, "T1")).country).toBe("US");
  });

  it("has the properties of our own codes if we make them", async () => {
    const world = await createWorld({ env: { ...messaging, OTP_LENGTH: "8" } });
    expect(await configOf(world)).toMatchObject({ channels: ["sms"], code_length: 8 });
  });

  it("has no length if codes of two lengths are possible", async () => {
    const fallback = { TWILIO_FROM: "+12015550193", OTP_FALLBACK: "messaging" };
    const two = await createWorld({ env: { ...fallback, OTP_LENGTH: "8" } });
    expect((await configOf(two)).code_length).toBeUndefined();
    const one = await createWorld({ env: fallback });
    expect((await configOf(one)).code_length).toBe(6);
    const TEST_NUMBERS = "+12015550199:12345678@2035-01-31";
    const longer = await createWorld({ env: { TEST_NUMBERS } });
    expect((await configOf(longer)).code_length).toBeUndefined();
  });

  it("may be cached for five minutes by the caller, and read by listed origins", async () => {
    const world = await createWorld({ env: { ALLOWED_ORIGINS: listed } });
    const answer = await world.send("/v1/config", { headers: { Origin: listed } });
    expect(answer.headers.get("Cache-Control")).toBe("private, max-age=300");
    expect(answer.headers.get("Access-Control-Allow-Origin")).toBe(listed);
    expect(answer.headers.get("Access-Control-Allow-Credentials")).toBeNull();
    const stranger = await world.send("/v1/config", { headers: { Origin: "https://evil.test" } });
    expect(stranger.headers.get("Access-Control-Allow-Origin")).toBeNull();
  });

  it("is not available while a setting is wrong", async () => {
    const world = await createWorld({ env: { DEMO: "yes" } });
    expect(await problem(await world.send("/v1/config"))).toMatchObject({
      code: "not_configured",
    });
  });
});

describe("the demo page", () => {
  it("is off without DEMO=on", async () => {
    const world = await createWorld();
    for (const method of ["GET", "POST"])
      expect((await world.send("/", { method })).status).toBe(404);
  });

  it("answers in development only for names of this machine, with any headers", async () => {
    const world = await createWorld({ env: { DEMO: "on" } });
    for (const headers of [{}, { "Sec-Fetch-Site": "same-origin" }, { "Sec-Fetch-Site": "none" }]) {
      for (const host of ["rebound.example", "192.168.1.5", "127.0.0.1.rebound.example"])
        expect((await world.send(`http://${host}:8787/`, { headers })).status).toBe(404);
      for (const host of ["127.0.0.1", "localhost", "[::1]"])
        expect((await world.send(`http://${host}:8787/`, { headers })).status).toBe(200);
    }
  });

  it("answers for a listed address of this machine, without the twin and without a cookie", async () => {
    const own = "http://192.168.1.5:8787";
    const world = await createWorld({ env: { DEMO: "on", ALLOWED_ORIGINS: own } });
    const answer = await world.send(`${own}/`);
    expect(answer.status).toBe(200);
    const page = await answer.text();
    expect(page).not.toContain('href="http://127.0.0.1:8788"');
    expect(page).toContain("http://127.0.0.1:8788");
    expect(page).not.toContain('transport="cookie"');
    expect((await world.send("http://192.168.1.5:9999/")).status).toBe(404);
  });

  it("has a strict policy, and no inline code that the policy forbids", async () => {
    const world = await createWorld({ env: { DEMO: "on", APP_NAME: "A & B" } });
    const answer = await world.send("/");
    expect(answer.status).toBe(200);
    const policy = answer.headers.get("Content-Security-Policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|data:|https?:|\*/);
    const page = await answer.text();
    expect(page).not.toMatch(/\sstyle=|<style|\son\w+=|<script(?![^>]*\ssrc="\/)/);
    expect(page).toContain("A &amp; B");
    expect(page).toContain('href="http://127.0.0.1:8788"');
    const posted = await world.send("/", { method: "POST" });
    expect([posted.status, posted.headers.get("Allow")]).toEqual([405, "GET"]);
  });
});

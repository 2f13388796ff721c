// The page of a Worker that is not set up yet.
import { describe, expect, it } from "vitest";
import { createWorld } from "../helpers/world.ts";

const unset = { SUBJECT_KEY: undefined, PEPPERS: undefined, SIGNING_KEYS: undefined };

async function page(env: Record<string, unknown>, path = "/", init: RequestInit = {}) {
  const world = await createWorld({ env });
  const response = await world.send(path, init);
  return { world, response, html: await response.text() };
}

describe("the set-up page", () => {
  it("lists each missing setting with its cure, and has a field for each key", async () => {
    const { response, html } = await page({
      ...unset,
      TWILIO_BASE_URL: "",
      TWILIO_AUTH_TOKEN: undefined,
    });
    expect(response.status).toBe(503);
    expect(response.headers.get("Content-Type")).toContain("text/html");
    for (const name of ["SUBJECT_KEY", "PEPPERS", "SIGNING_KEYS"])
      expect(html).toContain(`data-key="${name}"`);
    expect([...html.matchAll(/<option>(\w+)</g)].map(([, name]) => name)).toEqual([
      "ES256",
      "RS256",
    ]);
    expect(html).toMatch(/<code>TWILIO_AUTH_TOKEN<\/code>\s+must be set/);
    expect(html).toMatch(/<code>ISSUER<\/code>\s+must be the Worker/);
    expect(html).toMatch(/<code>ALLOWED_COUNTRIES<\/code>\s+must list/);
    expect(html).toContain("npx wrangler secret put");
  });

  it("has no field for an existing key", async () => {
    const { html } = await page({ PEPPERS: undefined });
    expect(html).toContain('data-key="PEPPERS"');
    expect(html).not.toContain('data-key="SUBJECT_KEY"');
    expect(html).not.toContain('data-key="SIGNING_KEYS"');
    expect(html).not.toContain('id="algorithm"');
    const withKeys = await page({ TWILIO_ACCOUNT_SID: undefined });
    expect(withKeys.html).not.toContain('id="make"');
  });

  it("shows no value that the Worker holds, right or wrong", async () => {
    const wrong = {
      SUBJECT_KEY: "short-but-secret-value",
      TWILIO_AUTH_TOKEN: "<b>wrong secret</b>",
      ISSUER: "http://internal.name.test/path",
      UNKNOWN_NAME: "unknown-secret-value",
    };
    const { html, world } = await page(wrong);
    const held = Object.values(world.settings).filter((value) => typeof value === "string");
    const long = [...held, ...Object.values(wrong)].filter((value) => value.length >= 8);
    expect(long.length).toBeGreaterThan(8);
    for (const value of long) expect(html.includes(value), "a value is on the page").toBe(false);
    expect(html).toContain("UNKNOWN_NAME");
  });

  it("has a policy that allows only its own script and style, by their hashes", async () => {
    const { response, html } = await page(unset);
    const policy = response.headers.get("Content-Security-Policy") ?? "";
    for (const [tag, directive] of [
      ["script", "script-src"],
      ["style", "style-src"],
    ] as const) {
      const blocks = [...html.matchAll(new RegExp(`<${tag}([^>]*)>([\\s\\S]*?)</${tag}>`, "g"))];
      expect(blocks.map(([, attributes]) => attributes)).toEqual([""]);
      const text = new TextEncoder().encode(blocks[0]?.[2]);
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", text));
      const hash = btoa(String.fromCharCode(...digest));
      expect(policy).toContain(`${directive} 'sha256-${hash}'`);
    }
    expect(policy.startsWith("default-src 'none'; ")).toBe(true);
    expect(policy).not.toMatch(/unsafe|connect-src|img-src|https?:|\*|data:/);
    expect(policy).toContain("frame-ancestors 'none'");
    // Another test checks the script's text.
    expect(html.replace(/<script>[\s\S]*<\/script>/, "")).not.toMatch(
      /\ssrc=|\son[a-z]+=|\sstyle=|<link|<form|<iframe|@import|url\(/i,
    );
    expect(response.headers.get("Cache-Control")).toBe("no-store");
  });

  it("disappears when no setting is missing", async () => {
    const { response, html } = await page({});
    expect(html).not.toContain("Set up Phonegate");
    expect(response.headers.get("Content-Security-Policy") ?? "").not.toContain(
      "script-src 'sha256",
    );
  });

  it("is only at / and only for GET; every other route answers not_configured", async () => {
    const other = await page(unset, "/v1/verifications", { method: "POST" });
    expect([other.response.status, JSON.parse(other.html)]).toEqual([
      503,
      expect.objectContaining({ code: "not_configured" }),
    ]);
    const posted = await page(unset, "/", { method: "POST" });
    expect(JSON.parse(posted.html)).toMatchObject({ code: "not_configured" });
    const head = await page(unset, "/", { method: "HEAD" });
    expect([head.response.status, head.html]).toEqual([503, ""]);
  });
});

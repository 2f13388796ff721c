import { describe, expect, it } from "vitest";
import { createWorld, workerOrigin } from "../helpers/world.ts";

interface Document {
  readonly openapi: string;
  readonly servers: unknown;
  readonly paths: object;
}

describe("/openapi.json", () => {
  it("names the issuer as its server, for a request to any host", async () => {
    const issuer = "https://auth.example.com";
    const env = { ISSUER: issuer, TWILIO_BASE_URL: "", ALLOWED_COUNTRIES: "US" };
    const world = await createWorld({ env });
    const answer = await world.send("https://phonegate.workers.dev/openapi.json");
    expect(answer.headers.get("Cache-Control")).toBe("public, max-age=300");
    const document = await answer.json<Document>();
    expect(document.servers).toEqual([{ url: issuer }]);
    expect(document.openapi).toBe("3.1.0");
    expect(Object.keys(document.paths)).toContain("/v1/verifications");
  });

  it("names the requested host if there is no issuer", async () => {
    const world = await createWorld();
    const document = await (await world.send("/openapi.json")).json<Document>();
    expect(document.servers).toEqual([{ url: workerOrigin }]);
  });

  it("is served while a setting is wrong", async () => {
    const world = await createWorld({ env: { PEPPERS: "x" } });
    expect((await world.send("/openapi.json")).status).toBe(200);
  });

  it("gives an example of each parameter in a path", async () => {
    const world = await createWorld();
    const { components } = await (
      await world.send("/openapi.json")
    ).json<{ components: { parameters: Record<string, { in: string; example?: string }> } }>();
    const inPaths = Object.entries(components.parameters).filter(([, one]) => one.in === "path");
    expect(inPaths.length).toBeGreaterThan(2);
    for (const [name, { example }] of inPaths)
      expect([name, example]).toEqual([name, expect.stringMatching(/^[\w-]{3,}$/)]);
  });
});

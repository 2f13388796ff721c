// Runs the example backends with the packed client, beside an issuer that publishes its JWKS over
// HTTP.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { build } from "esbuild";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { describe, expect, it, onTestFinished } from "vitest";
import { freePort } from "../../helpers/free-port.ts";
import { createIssuer } from "../issuer.ts";
import { createProject, root, type PackedClient } from "./packed-client.ts";

const examples = join(root, "test", "examples");
const read = (path: string) => readFile(join(examples, path), "utf8");

type Ask = (
  path: string,
  init?: { method: string; headers: { Authorization: string } },
) => Promise<{
  status: number;
  headers: { get(name: string): string | null };
  json(): Promise<unknown>;
}>;

/** Checks the behavior that both examples have. */
async function drive(ask: Ask, issuer: Awaited<ReturnType<typeof createIssuer>>, iss: string) {
  const now = Math.floor(Date.now() / 1000);
  const tokenOf = (age: number) =>
    issuer.accessToken({
      claims: { iss, aud: iss, iat: now, exp: now + 600, auth_time: now - age },
    });
  const call = async (method: string, path: string, token: string) =>
    ask(path, { method, headers: { Authorization: `Bearer ${token}` } });

  const none = await ask("/me");
  expect([none.status, none.headers.get("WWW-Authenticate")]).toEqual([
    401,
    'Bearer realm="phonegate"',
  ]);
  const [fresh, old] = [await tokenOf(10), await tokenOf(400)];
  expect(await (await call("GET", "/me", old)).json()).toEqual({ subject: "usr_someone" });
  const refused = await call("POST", "/transfers", old);
  expect(refused.status).toBe(401);
  expect(refused.headers.get("WWW-Authenticate")).toContain('max_age="300"');
  expect(await refused.json()).toMatchObject({ code: "insufficient_user_authentication" });
  const done = await call("POST", "/transfers", fresh);
  expect(done.status).toBe(201);
  expect(await done.json()).toEqual({ by: "usr_someone" });
}

export function driveServers(packed: () => PackedClient): void {
  describe("the example on Express", () => {
    it("responds with the signed-in subject, and asks for a step-up before a transfer", async () => {
      const issuer = await createIssuer();
      const jwks = createServer((_request, response) => {
        response.end(JSON.stringify({ keys: issuer.published }));
      });
      jwks.listen(0, "127.0.0.1");
      await once(jwks, "listening");
      onTestFinished(() => void jwks.close());
      const iss = `http://127.0.0.1:${portOf(jwks)}`;

      const { folder } = await createProject(packed(), "express", {
        dependencies: ["express", "jose"],
        files: { "server.js": await read("express/server.js") },
      });
      const port = await freePort();
      const child = spawn(process.execPath, ["server.js"], {
        cwd: folder,
        env: { PATH: process.env.PATH, ISSUER: iss, PORT: `${port}` },
        stdio: "inherit",
      });
      onTestFinished(() => void child.kill());
      const ask: Ask = (path, init) => fetch(`http://127.0.0.1:${port}${path}`, init);
      await untilListening(() => ask("/me"), child);
      await drive(ask, issuer, iss);
    });
  });

  describe("the example on Hono", () => {
    it("is a Worker with the same behavior", async () => {
      const issuer = await createIssuer();
      const { folder, write } = await createProject(packed(), "hono", {
        dependencies: ["hono", "jose"],
      });
      await write({ "src/index.ts": await read("hono/src/index.ts") });
      const { outputFiles } = await build({
        entryPoints: [join(folder, "src/index.ts")],
        bundle: true,
        format: "esm",
        conditions: ["workerd", "worker"],
        write: false,
      });
      const miniflare = new Miniflare(
        convertV4MiniflareOptions({
          modules: true,
          compatibilityDate: "2026-10-23",
          script: outputFiles[0]?.text ?? "",
          outboundService: () => Response.json({ keys: issuer.published }),
        }),
      );
      onTestFinished(() => miniflare.dispose());
      await drive(
        (path, init) => miniflare.dispatchFetch(`http://api.example.com${path}`, init),
        issuer,
        "http://127.0.0.1:8787",
      );
    });
  });
}

function portOf(server: ReturnType<typeof createServer>): number {
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("no address");
  return address.port;
}

async function untilListening(ask: () => Promise<unknown>, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
    const answer = await ask().catch(() => undefined);
    if (answer !== undefined) return;
    await pause(50);
  }
}

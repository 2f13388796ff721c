// Runs the receiver of docs/webhooks.md unchanged, in a separate process.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, it, onTestFinished } from "vitest";
import { postSigned } from "../../src/lib/signed-post.ts";
import { parseWebhookSecrets } from "../../src/lib/standard-webhooks.ts";
import { freePort } from "../helpers/free-port.ts";

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const other = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDCQ==";

async function started(file: string, env: Record<string, string>) {
  const port = await freePort();
  const child = spawn(process.execPath, [join(import.meta.dirname, "receivers", file)], {
    env: { PATH: process.env.PATH ?? "", PORT: String(port), ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(async () => {
    child.kill();
    await once(child, "close");
  });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => lines.push(line));
  const url = `http://127.0.0.1:${port}/`;
  for (;;)
    if (
      await fetch(url).then(
        () => true,
        () => false,
      )
    )
      break;
  return { url, lines };
}

const message = (id: string, data: object) => ({
  id,
  body: JSON.stringify({ type: "session.opened", timestamp: "2026-11-28T12:00:00Z", data }),
});

async function post(
  url: string,
  secrets: string,
  { id, body }: { id: string; body: string },
  now = Date.now,
) {
  const parsed = parseWebhookSecrets(secrets);
  if (parsed === undefined) throw new Error("no secrets");
  const limits = { timeoutMs: 10_000, maxBytes: 8192 };
  const outcome = await postSigned({ fetch, now }, { url, secrets: parsed }, { id, body }, limits);
  return outcome.kind === "answered" ? outcome.status : outcome.kind;
}

it("the receiver of events handles each signed event once, and refuses unsigned ones", async () => {
  const { url, lines } = await started("events.js", { EVENTS_SECRET: secret });
  const first = message("evt_one", { subject: "usr_one" });
  expect(await post(url, secret, first)).toBe(204);
  expect(await post(url, secret, first)).toBe(204);
  // During a rotation of the secret, an event has two signatures.
  expect(await post(url, `${other} ${secret}`, message("evt_two", { subject: "usr_two" }))).toBe(
    204,
  );
  expect(await post(url, other, message("evt_three", {}))).toBe(401);
  expect(await post(url, secret, message("evt_old", {}), () => Date.now() - 301_000)).toBe(401);
  expect((await fetch(url, { method: "POST", body: first.body })).status).toBe(401);
  expect(lines).toEqual([
    "session.opened { subject: 'usr_one' }",
    "session.opened { subject: 'usr_two' }",
  ]);
});

it("the receiver of hooks answers what is signed, and refuses the rest", async () => {
  const { url } = await started("hooks.js", { HOOK_SECRET: secret });
  const ask = async (secrets: string, type: string, phone_number: string) => {
    const parsed = parseWebhookSecrets(secrets);
    if (parsed === undefined) throw new Error("no secrets");
    const body = JSON.stringify({ type, data: { phone_number } });
    const limits = { timeoutMs: 10_000, maxBytes: 8192 };
    const target = { url, secrets: parsed };
    const outside = { fetch, now: Date.now };
    const outcome = await postSigned(outside, target, { id: "hook_one", body }, limits);
    if (outcome.kind !== "answered" || outcome.body === "too_large") throw new Error("no answer");
    const text = new TextDecoder().decode(outcome.body);
    return [outcome.status, text === "" ? "" : JSON.parse(text)] as const;
  };
  expect(await ask(secret, "before_send", "+12015550123")).toEqual([200, { allow: true }]);
  expect(await ask(secret, "before_send", "+12015550199")).toEqual([200, { allow: false }]);
  expect(await ask(secret, "before_session", "+12015550123")).toEqual([
    200,
    { allow: true, claims: { role: "member" } },
  ]);
  expect(await ask(other, "before_send", "+12015550123")).toEqual([401, ""]);
});

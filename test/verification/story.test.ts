import { expect, it } from "vitest";
import { Story } from "../../src/cli/story.ts";
import { readConfig } from "../../src/config.ts";
import { openHandle } from "../../src/handles/verification-id.ts";
import { sealText } from "../../src/lib/seal.ts";
import { logged } from "../helpers/guard.ts";
import { engines, from } from "../helpers/racing.ts";
import { createWorld, start, wrong, type World } from "../helpers/world.ts";

const own = { OTP_ENGINE: "messaging", TWILIO_FROM: "+12015550193" };
/** The twin never delivers a message to this number. */
const lost = "+12015550189";
const ended = "verification.delivery_failed";

/** Returns the events that `npm run tail -- --stdin --search` prints. */
function storyEvents(world: World, search: string): string[] {
  const lines = world.lines.map((text) => {
    const fields: Readonly<Record<string, unknown>> = JSON.parse(text);
    return { text: String(fields.event), fields };
  });
  return new Story(search).add(lines).map(({ text }) => text);
}

async function strangers(world: World): Promise<void> {
  for (const [index, to] of ["+12015550151", "+12015550152"].entries())
    await world.post("/v1/verifications", { to }, from(index));
}

it("an undelivered text is one story, found by digits, request id, message sid or log name", async () => {
  const world = await createWorld({ env: own });
  await strangers(world);
  const answer = await world.post("/v1/verifications", { to: lost });
  const { id } = await answer.json<{ id: string }>();
  await world.twin.settled();
  await world.send(`/v1/verifications/${id}`);
  world.clock.nowMs += 31_000;
  await world.post(`/v1/verifications/${id}/resend`, {});
  await world.twin.settled();
  await strangers(world);
  const [first, second] = logged(world, ended);
  const requestId = answer.headers.get("X-Request-Id") ?? "";
  expect(first).toMatchObject({
    level: "warning",
    status: "undelivered",
    error_code: 30003,
    to: "+1•••••0189",
    country: "US",
    sid: expect.stringMatching(/^SM[0-9a-f]{32}$/) as unknown,
    send_request_id: requestId,
  });
  // The delivery report of the resend names the request of the resend.
  const resent = logged(world, "verification.resent")[0];
  expect(second).toMatchObject({ send_request_id: resent?.request_id, sid: resent?.sid });
  const story = [
    "guard.decision",
    "verification.started",
    ended,
    "guard.decision",
    "verification.resent",
    ended,
  ];
  for (const search of ["0189", lost, requestId, String(second?.sid), String(first?.verification)])
    expect(storyEvents(world, search), search).toEqual(story);
});

it.each(engines)("with engine $engine a sign-in is one story", async ({ env }) => {
  const world = await createWorld({ env });
  await strangers(world);
  const { id, code } = await start(world, "+12025550144");
  await strangers(world);
  await world.post(`/v1/verifications/${id}/check`, { code: wrong(code) });
  await world.post(`/v1/verifications/${id}/check`, { code });
  await world.twin.settled();
  const { sid } = logged(world, "verification.approved")[0] ?? {};
  const story = storyEvents(world, "0144");
  const without = story.filter((event) => event !== "verification.delivered");
  expect(without.slice(0, 4)).toEqual([
    "guard.decision",
    "verification.started",
    "verification.refused",
    "request.refused",
  ]);
  expect(without.slice(4).toSorted()).toEqual(["session.opened", "verification.approved"]);
  expect(story.includes("verification.delivered")).toBe("OTP_ENGINE" in env);
  expect(storyEvents(world, String(sid))).toEqual(story);
});

it("a report with an earlier version's reference is accepted, without number and request", async () => {
  const env = {
    ...own,
    TWILIO_AUTH_TOKEN: "",
    TWILIO_API_KEY_SID: "SKaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    TWILIO_API_KEY_SECRET: "twin-api-key-secret-is-no-secret",
  };
  const world = await createWorld({ env });
  const { id } = await start(world, "+12015550123");
  const [message] = world.outgoing.filter(({ url }) => url.endsWith("/Messages.json"));
  const callback = new URL(message?.form.StatusCallback ?? "");
  const outcome = await readConfig(world.settings, () => world.clock.nowMs);
  if (outcome.kind !== "ok") throw new Error("not configured");
  const { peppers } = outcome.config;
  const handle = await openHandle(id, peppers);
  if (handle === undefined) throw new Error("no id of ours");
  const { ledger, nonce } = handle;
  const earlier = `${ledger.country}.${ledger.name}.${nonce}#1`;
  callback.searchParams.set("ref", await sealText(peppers, "message-callback", earlier));
  const report = await world.send(callback.href, {
    method: "POST",
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: "MessageStatus=undelivered&ErrorCode=30003",
  });
  expect(report.status).toBe(204);
  const [line = {}] = logged(world, ended);
  expect(line).toMatchObject({ error_code: 30003, country: "US" });
  expect(Object.keys(line)).not.toContain("to");
  expect(Object.keys(line)).not.toContain("send_request_id");
});

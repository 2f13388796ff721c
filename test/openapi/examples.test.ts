import { reset, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { encodeBase64Url } from "../../src/lib/base64url.ts";
import { openApiDocument, operations } from "../../src/openapi/document.ts";
import { Outbox } from "../../src/outbox/outbox.ts";
import {
  asBackend,
  bankKey,
  consumeAs,
  createBackendWorld,
  serviceKey,
  shopKey,
} from "../helpers/backend.ts";
import { TWIN_TURNSTILE_SECRET, TWIN_TURNSTILE_SITE_KEY } from "../../src/twin/seed.ts";
import { failing } from "../helpers/failing.ts";
import { hookedWorld, refuse, sendHook } from "../helpers/hooks.ts";
import { from } from "../helpers/racing.ts";
import { bearer, signIn, type Session } from "../helpers/session.ts";
import { createWorld, start, twinOrigin, wrong, type World } from "../helpers/world.ts";
import { Recording } from "./recording.ts";

const to = "+12015550123";
const another = "+12015550124";
const minuteMs = 60_000;
const own = { OTP_ENGINE: "messaging", TWILIO_FROM: "+12015550193" };
const path = "/v1/verifications";

/** Returns the newest code that was sent to the number. */
async function codeOf(world: World, number: string): Promise<string> {
  const [newest] = await world.inbox(number);
  if (newest === undefined) throw new Error("no message arrived");
  return newest.code;
}

async function recordSignIn(recording: Recording): Promise<void> {
  const world = await createBackendWorld();
  const begun = { to: "+1 (201) 555-0123" };
  const first = await world.post(path, begun);
  const { id } = await recording.answer<{ id: string }>(
    "startVerification",
    "sign_in",
    first,
    begun,
  );
  await recording.answer("readVerification", "pending", await world.send(`${path}/${id}`));
  await recording.problem("rate_limited", await world.post(`${path}/${id}/resend`, {}));
  world.clock.nowMs += minuteMs / 2;
  const call = { channel: "call" };
  const again = await world.post(`${path}/${id}/resend`, call);
  await recording.answer("resendVerification", "call", again, call);
  const code = await codeOf(world, to);
  const refused = await world.post(`${path}/${id}/check`, { code: wrong(code) });
  await recording.problem("wrong_code", refused);
  const approved = await world.post(`${path}/${id}/check`, { code });
  const session = await recording.answer<Session>("checkVerification", "sign_in", approved, {
    code,
  });
  await recording.problem("verification_used", await world.post(`${path}/${id}/check`, { code }));

  const national = { to: "(201) 555-0124", country: "US", channel: "whatsapp", locale: "es" };
  const second = await world.post(path, national);
  await recording.answer("startVerification", "national", second, national);
  world.clock.nowMs += minuteMs;
  const other = await start(world, to);
  const inCookie = { code: other.code, transport: "cookie" };
  const headers = { "Sec-Fetch-Site": "same-origin" };
  const kept = await world.post(`${path}/${other.id}/check`, inCookie, headers);
  await recording.answer("checkVerification", "cookie", kept, inCookie);

  const refresh = { refresh_token: session.refresh_token };
  const refreshed = await world.post("/v1/sessions/refresh", refresh);
  const next = await recording.answer<Session>("refreshSession", "token", refreshed, refresh);
  const current = await world.send("/v1/sessions/current", { headers: bearer(next) });
  await recording.answer("readCurrentSession", "current", current);
  const list = await world.send("/v1/sessions", { headers: bearer(next) });
  await recording.answer("listSessions", "two", list);
  const missing = await world.send("/v1/sessions/ses_x", {
    method: "DELETE",
    headers: bearer(next),
  });
  await recording.problem("session_not_found", missing);

  world.clock.nowMs += minuteMs;
  const stepUp = { purpose: "step_up" };
  const third = await world.post(path, stepUp, bearer(next));
  const raising = await recording.answer<{ id: string }>(
    "startVerification",
    "step_up",
    third,
    stepUp,
  );
  const body = { code: await codeOf(world, to) };
  const raised = await world.post(`${path}/${raising.id}/check`, body, bearer(next));
  await recording.answer("checkVerification", "step_up", raised, body);
}

async function recordProofs(recording: Recording): Promise<void> {
  const world = await createBackendWorld();
  const login = { to, purpose: "two_factor", subject: "user-42", amr: ["pwd"] };
  const first = await world.post(path, login, asBackend(shopKey));
  const factor = await recording.answer<{ id: string }>(
    "startVerification",
    "two_factor",
    first,
    login,
  );
  const body = { code: await codeOf(world, to) };
  const approved = await world.post(`${path}/${factor.id}/check`, body);
  const proof = await recording.answer<{ proof_token: string }>(
    "checkVerification",
    "two_factor",
    approved,
    body,
  );
  await recording.problem("insufficient_scope", await consumeAs(world, bankKey, proof.proof_token));
  const claims = await consumeAs(world, shopKey, proof.proof_token);
  const consumed = { proof_token: proof.proof_token };
  await recording.answer("consumeProof", "two_factor", claims, consumed);
  await recording.problem("proof_used", await consumeAs(world, shopKey, proof.proof_token));

  const transaction = { payee: "Acme GmbH", amount: "10.00 EUR", iban: "DE89370400440532013000" };
  const transfer = { to: another, purpose: "transaction", subject: "user-42", transaction };
  const second = await world.post(path, transfer, asBackend(bankKey));
  const confirming = await recording.answer<{ id: string }>(
    "startVerification",
    "transaction",
    second,
    transfer,
  );
  const code = await codeOf(world, another);
  const confirmed = await world.post(`${path}/${confirming.id}/check`, { code });
  const { proof_token } = await recording.answer<{ proof_token: string }>(
    "checkVerification",
    "transaction",
    confirmed,
    { code },
  );
  world.clock.nowMs += 6 * minuteMs;
  await recording.problem("proof_expired", await consumeAs(world, bankKey, proof_token));
  const spoken = { to: another, purpose: "transaction", subject: "user-42", transaction };
  const third = await (await world.post(path, spoken, asBackend(bankKey))).json<{ id: string }>();
  const more = { code: await codeOf(world, another) };
  const last = await (
    await world.post(`${path}/${third.id}/check`, more)
  ).json<{ proof_token: string }>();
  const claimsOfIt = await consumeAs(world, bankKey, last.proof_token);
  await recording.answer("consumeProof", "transaction", claimsOfIt, {
    proof_token: last.proof_token,
  });
  const user = { to, subject: "user-42" };
  const unlocked = await world.post("/v1/locks/reset", user, asBackend(bankKey));
  await recording.request("resetLocks", "subject", unlocked, user);
}

async function recordUsers(recording: Recording): Promise<void> {
  const asker = await serviceKey("reports", [], `sk_${"r".repeat(43)}`, ["introspect", "subjects"]);
  const world = await createWorld({ env: { SERVICE_KEYS: JSON.stringify([asker.entry]) } });
  const session = await signIn(world, to);
  const form = (token: string) => ({
    method: "POST",
    headers: { "Content-Type": "application/x-www-form-urlencoded", ...asBackend(asker.key) },
    body: new URLSearchParams({ token }).toString(),
  });
  const { access_token: token } = session;
  const good = await world.send("/v1/introspect", form(token));
  await recording.answer("introspectToken", "active", good, { token });
  const bad = await world.send("/v1/introspect", form("not-a-token"));
  await recording.answer("introspectToken", "inactive", bad, { token: "not-a-token" });
}

async function recordSubjects(recording: Recording): Promise<void> {
  const asker = await serviceKey("support", [], `sk_${"u".repeat(43)}`, ["subjects", "admin"]);
  const world = await createWorld({ env: { SERVICE_KEYS: JSON.stringify([asker.entry]) } });
  const headers = asBackend(asker.key);
  const { subject } = await signIn(world, to);
  const record = await world.send(`/v1/subjects/${subject}`, { headers });
  await recording.answer("readSubject", "live", record);
  const search = { phone_number: "+12015550123" };
  const found = await world.post("/v1/subjects/find", search, headers);
  await recording.answer("findSubjects", "one", found, search);
  const unknown = await world.post("/v1/subjects/find", { phone_number: another }, headers);
  await recording.problem("subject_not_found", unknown);
  const erased = await world.post("/v1/admin/subjects/erase", { to }, headers);
  await recording.answer("eraseSubject", "number", erased, { to });
}

async function recordGuard(recording: Recording): Promise<void> {
  const operator = await serviceKey("operator", ["admin"], `sk_${"o".repeat(43)}`);
  const world = await createWorld({
    env: {
      SERVICE_KEYS: JSON.stringify([operator.entry]),
      // The order of the report depends on names that this key derives.
      SUBJECT_KEY: encodeBase64Url(
        Uint8Array.from({ length: 32 }, (_, index) => (index * 37) % 256),
      ),
      TURNSTILE: "always",
      TURNSTILE_SITE_KEY: TWIN_TURNSTILE_SITE_KEY,
      TURNSTILE_SECRET: TWIN_TURNSTILE_SECRET,
      TURNSTILE_BASE_URL: twinOrigin,
    },
  });
  await recording.problem("captcha_required", await world.post(path, { to }));
  const captcha_token = "twin-once-1?action=sign_in&hostname=127.0.0.1";
  expect((await world.post(path, { to, captcha_token })).status).toBe(201);
  const again = await world.post(path, { to: another, captcha_token }, from(2));
  await recording.problem("captcha_failed", again);
  const lever = { prefix: "+1201555", set: "hold_up", seconds: 3600 };
  const pulled = await world.post("/v1/admin/guard", lever, asBackend(operator.key));
  await recording.request("pullLever", "hold_up", pulled, lever);
  const nowhere = { country: "UK", set: "hold_up" };
  await recording.problem(
    "lever_matches_nothing",
    await world.post("/v1/admin/guard", nowhere, asBackend(operator.key)),
  );
  const report = await world.send("/v1/admin/guard", { headers: asBackend(operator.key) });
  await recording.answer("readGuard", "day", report);
  const strangers = { to, class: "anonymous" };
  const granted = await world.post("/v1/admin/locks/reset", strangers, asBackend(operator.key));
  await recording.request("resetClassLocks", "anonymous", granted, strangers);
  const stolen = { to: "+12015550123" };
  const ended = await world.post("/v1/admin/subjects/sign-out", stolen, asBackend(operator.key));
  await recording.answer("signOutSubject", "number", ended, stolen);
}

async function recordHooks(recording: Recording): Promise<void> {
  const { world } = await hookedWorld(sendHook, refuse);
  await recording.problem("not_allowed", await world.post(path, { to }));
}

async function recordDeadLetters(recording: Recording): Promise<void> {
  const operator = await serviceKey("operator", ["admin"], `sk_${"o".repeat(43)}`);
  const world = await createWorld({ env: { SERVICE_KEYS: JSON.stringify([operator.entry]) } });
  const { nowMs } = world.clock;
  const object = env.SUBJECT_SESSIONS.getByName("a subject");
  const id = await runInDurableObject(object, (_, { storage }) => {
    const outbox = new Outbox(storage);
    outbox.add([{ type: "session.opened", data: {}, sealed: [] }], nowMs - minuteMs);
    const due = outbox.due(nowMs);
    if (due === undefined) throw new Error("no event waits");
    outbox.settle(due.event, { kind: "dead", reason: "gone" }, nowMs);
    return due.event.id;
  });
  const letter = { id, type: "session.opened", atMs: nowMs - minuteMs, diedAtMs: nowMs } as const;
  const where = { store: "subject_sessions", object: object.id.toString() } as const;
  await env.SEND_BUDGET.getByName("world").listDeadLetters([
    { ...letter, reason: "gone", ...where },
  ]);
  const headers = asBackend(operator.key);
  const list = await world.send("/v1/admin/events", { headers });
  await recording.answer("listDeadLetters", "one", list);
  const named = { ids: [id] };
  const retried = await world.post("/v1/admin/events/retry", named, headers);
  await recording.answer("retryDeadLetters", "one", retried, named);
}

async function recordDelivery(recording: Recording): Promise<void> {
  const world = await createWorld({ env: own });
  const { id } = await start(world, to);
  await recording.answer("readVerification", "delivery", await world.send(`${path}/${id}`));
}

async function recordService(recording: Recording): Promise<void> {
  const world = await createWorld();
  const keys = await world.send("/.well-known/jwks.json");
  await recording.answer("readPublicKeys", "keys", keys);
  const metadata = await world.send("/.well-known/oauth-authorization-server");
  await recording.answer("readServerMetadata", "es256", metadata);
  const openId = await world.send("/.well-known/openid-configuration");
  await recording.answer("readOpenIdConfiguration", "es256", openId);
  const places = { ALLOWED_COUNTRIES: "DE,US", DEFAULT_COUNTRY: "US" };
  const frontend = await (await createWorld({ env: places })).send("/v1/config");
  await recording.answer("readFrontendConfig", "two_countries", frontend);
  await recording.answer("readHealth", "ok", await world.send("/healthz"));
  const broken = await createWorld({ env: { SUBJECT_KEY: "short" } });
  await recording.answer("readHealth", "misconfigured", await broken.send("/healthz"));
  await recording.problem("not_configured", await broken.post(path, { to }));
}

/** Refusals of the request itself. */
async function recordRequests(recording: Recording): Promise<void> {
  const world = await createWorld({ env: { ALLOWED_COUNTRIES: "US" } });
  await recording.problem("not_found", await world.send("/nothing"));
  await recording.problem("method_not_allowed", await world.send(path));
  await recording.problem("invalid_request", await world.post(path, { to, chanel: "call" }));
  const plain = { method: "POST", body: "{}", headers: { "Content-Type": "text/plain" } };
  await recording.problem("unsupported_media_type", await world.send(path, plain));
  await recording.problem("payload_too_large", await world.post(path, { to: "1".repeat(9000) }));
  const long = { headers: { "X-Long": "x".repeat(17_000) } };
  await recording.problem("headers_too_large", await world.send("/healthz", long));
  const foreign = { Origin: "https://evil.example" };
  await recording.problem("origin_not_allowed", await world.post(path, { to }, foreign));
  await recording.problem("invalid_token", await world.send("/v1/sessions"));
  const unlisted = { Authorization: `Bearer sk_${"x".repeat(43)}` };
  await recording.problem("invalid_service_key", await world.post(path, { to }, unlisted));
  const unsigned = {
    method: "POST",
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: "MessageStatus=delivered",
  };
  await recording.problem(
    "invalid_signature",
    await world.send("/v1/webhooks/twilio/messages", unsigned),
  );
  await recording.problem("invalid_phone_number", await world.post(path, { to: "hello" }));
  await recording.problem("unsupported_country", await world.post(path, { to: "+447400123456" }));
  await recording.problem(
    "unsupported_number_type",
    await world.post(path, { to: "+18005550123" }),
  );
  await recording.problem(
    "purpose_not_enabled",
    await world.post(path, { to, purpose: "two_factor" }),
  );
  Object.defineProperty(world.clock, "nowMs", {
    get: () => {
      throw new TypeError("a bug");
    },
  });
  await recording.problem("internal_error", await world.post(path, { to }));
}

/** The ways in which a verification ends. */
async function recordEndings(recording: Recording): Promise<void> {
  const world = await createWorld({ env: own });
  await recording.problem("verification_not_found", await world.send(`${path}/vrf_x`));
  const canceled = await start(world, to);
  await world.send(`${path}/${canceled.id}`, { method: "DELETE" });
  const check = ({ id, code }: { id: string; code: string }) =>
    world.post(`${path}/${id}/check`, { code });
  await recording.problem("verification_canceled", await check(canceled));
  const exhausted = await start(world, to);
  for (let count = 0; count < 5; count += 1)
    await check({ ...exhausted, code: wrong(exhausted.code) });
  await recording.problem("verification_exhausted", await check(exhausted));
  const expired = await start(world, another);
  world.clock.nowMs += 10 * minuteMs;
  await recording.problem("verification_expired", await check(expired));
}

/** Refusals because of a key, the budget, a store or Twilio. */
async function recordTrouble(recording: Recording): Promise<void> {
  const key = { "Idempotency-Key": "0197b2f0-6a52-7c5e-9c33-0a1b2c3d4e5f" };
  const world = await createWorld();
  await world.post(path, { to }, key);
  const reused = await world.post(path, { to, channel: "call" }, key);
  await recording.problem("idempotency_key_reused", reused);

  const poor = await createWorld({ env: { LIMIT_SEND_TOTAL: "1/1d" } });
  await poor.post(path, { to: "+12015550125" });
  const spent = await poor.post(path, { to: "+12015550126" }, from(1));
  await recording.problem("send_budget_exhausted", spent);

  const store = failing("PHONE_LEDGER.beginStart", "rejects");
  const down = await createWorld({ env: store.bindings });
  await recording.problem("store_unavailable", await down.post(path, { to: "+12015550127" }));

  const twilio = await createWorld();
  const faulty = async (code: string, fault: Record<string, unknown>): Promise<void> => {
    await twilio.fault({ count: 1, ...fault });
    await recording.problem(code, await twilio.post(path, { to: "+12015550128" }));
  };
  await faulty("provider_bad_response", { body: "html" });
  await faulty("provider_rejected", { status: 400, code: 60220 });
  await faulty("provider_unavailable", { status: 500 });
  await faulty("channel_unavailable", { status: 403, code: 60205 });
}

// `npx vitest run --config test/vitest.config.ts test/openapi/examples.test.ts --update` records them again.
it("the document's examples equal the Worker's answers", async () => {
  const recording = new Recording();
  const parts = [
    recordSignIn,
    recordProofs,
    recordUsers,
    recordSubjects,
    recordGuard,
    recordDeadLetters,
    recordHooks,
    recordDelivery,
    recordService,
  ];
  const endings = [recordRequests, recordEndings, recordTrouble];
  for (const record of [...parts, ...endings]) {
    await record(recording);
    await reset();
  }
  expect(recording.problemCodes.toSorted()).toEqual(
    [
      ...new Set([...operations.flatMap(({ problems }) => problems), "method_not_allowed"]),
    ].toSorted(),
  );
  await expect(recording.text).toMatchFileSnapshot("../../src/openapi/examples.json");
});

it("each answer with a body has an example, and each problem has its own", () => {
  const { paths } = JSON.parse(JSON.stringify(openApiDocument("0.0.0"))) as {
    paths: Record<string, Record<string, { responses: Record<string, { content?: Content }> }>>;
  };
  type Content = Record<string, { examples?: Record<string, { value?: unknown }> }>;
  const lacking = Object.entries(paths).flatMap(([template, methods]) =>
    Object.entries(methods).flatMap(([method, { responses }]) =>
      Object.entries(responses).flatMap(([status, { content = {} }]) =>
        Object.entries(content)
          .filter(([type]) => type !== "text/html" && template !== "/openapi.json")
          .filter(([, { examples = {} }]) => {
            const values = Object.values(examples);
            return values.length === 0 || values.some(({ value }) => value === undefined);
          })
          .map(([type]) => `${method} ${template} ${status} ${type}`),
      ),
    ),
  );
  expect(lacking).toEqual([]);
});

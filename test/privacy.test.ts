import { listDurableObjectIds, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { asBackend, bankKey, serviceKey, shopKey, startAs } from "./helpers/backend.ts";
import { failing } from "./helpers/failing.ts";
import { bearer, signIn, type Session } from "./helpers/session.ts";
import {
  createWorld,
  start,
  twinOrigin,
  wrong,
  type Outgoing,
  type World,
} from "./helpers/world.ts";

/** Everything that is stored or that others see: logs, URLs, keys, values, names, refusals. */
async function traces(world: World, answers: readonly Response[]): Promise<string> {
  const urls = world.outgoing.filter((each) => !isCancelByNumber(each)).map(({ url }) => url);
  const { keys } = await env.LIMITS.list();
  const values = await Promise.all(keys.map(({ name }) => env.LIMITS.get(name)));
  const refusals = await Promise.all(
    answers.filter(({ ok }) => !ok).map((answer) => answer.clone().text()),
  );
  const names = keys.map(({ name }) => name);
  const objects = await Promise.all([
    contents(env.PHONE_LEDGER),
    contents(env.SEND_BUDGET),
    contents(env.SUBJECT_SESSIONS),
  ]);
  return [...world.lines, ...urls, ...names, ...values, ...refusals, ...objects].join("\n");
}

/** Names and storage of every object of the namespace. */
async function contents<Instance extends Rpc.DurableObjectBranded>(
  namespace: DurableObjectNamespace<Instance>,
): Promise<string> {
  const dumps: string[] = [];
  for (const id of await listDurableObjectIds(namespace)) {
    const dump = (_instance: Instance, { id: named, storage }: DurableObjectState) =>
      JSON.stringify([named.name, ...storage.kv.list(), ...tables(storage.sql)]);
    dumps.push(await runInDurableObject(namespace.get(id), dump));
  }
  return dumps.join("\n");
}

/** Every row of every table, except Cloudflare's own tables. */
function tables(sql: SqlStorage): unknown[] {
  const names = sql.exec<{ name: string }>(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\'",
  );
  return names.toArray().flatMap(({ name }) => [name, ...sql.exec(`SELECT * FROM "${name}"`)]);
}

/** A code can occur by chance among a time's digits or in a random name. Such places do not count. */
function holds(text: string, secret: string): boolean {
  return /^\d{4,8}$/.test(secret)
    ? new RegExp(`(?<!\\d)${secret}(?!\\d)`).test(text.replaceAll(randomNames, ""))
    : text.includes(secret);
}

/** Ids of requests, and Twilio's sids. */
const randomNames = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b[A-Z]{2}[0-9a-f]{32}\b/g;

/** Every code on any phone. */
async function allCodes(world: World): Promise<string[]> {
  const answer = await world.twin.fetch(`${twinOrigin}/inbox.json`);
  const messages = await answer.json<{ code?: string }[]>();
  return messages.flatMap(({ code }) => code ?? []);
}

/** Keeps every answer, so that refusals are searched too. */
type Keep = (answer: Promise<Response>) => Promise<Response>;

/** A sequence of requests. Returns the secrets that must occur nowhere, and the places to search. */
type Scene = (world: World, keep: Keep) => Promise<{ secrets: string[]; traces?: RegExp[] }>;

const to = "+12015550123";
const checkOf = (world: World, id: string, code: string) =>
  world.post(`/v1/verifications/${id}/check`, { code });

/** A number without its plus, and without its calling code. */
const spellings = (number: string): string[] => [number.slice(1), number.slice(2)];

const scenes: Record<string, Scene> = {
  "a sign-in by text and call, and its session": async (world, keep) => {
    const { id, code } = await start(world, to);
    world.clock.nowMs += 31_000;
    expect((await keep(world.post(`/v1/verifications/${id}/resend`, {}))).status).toBe(200);
    world.clock.nowMs += 41_000;
    await keep(world.post(`/v1/verifications/${id}/resend`, { channel: "call" }));
    await keep(checkOf(world, id, wrong(code)));
    await keep(checkOf(world, id, `${code}x`));
    const approved = await keep(checkOf(world, id, code));
    expect(approved.status).toBe(200);
    const session = await approved.clone().json<Session>();
    const { refresh_token } = session;
    const refreshed = await keep(world.post("/v1/sessions/refresh", { refresh_token }));
    const next = await refreshed.clone().json<Session>();
    await keep(world.send("/v1/sessions", { headers: bearer(next) }));
    // Each token in another token's place, and the code a second time.
    await keep(
      world.send("/v1/sessions", { headers: bearer({ access_token: next.refresh_token }) }),
    );
    await keep(world.send(`/v1/sessions/${refresh_token}`, { headers: bearer(next) }));
    await keep(world.post("/v1/sessions/refresh", { refresh_token: next.access_token }));
    await keep(checkOf(world, id, code));
    await keep(world.send(`/v1/verifications/${id}`));
    const secrets = [
      ...spellings(to),
      wrong(code),
      id.slice(4),
      ...[session, next].flatMap((each) => [each.access_token, each.refresh_token.slice(3)]),
      session.device_token.slice(4),
    ];
    return { secrets, traces: [/sealedNumber/, /"families"/, /outbox:0+1.*"session.opened"/] };
  },

  "a sign-in with a test number": async (world, keep) => {
    const number = "+12015550199";
    const first = await keep(world.post("/v1/verifications", { to: number }));
    const { id } = await first.clone().json<{ id: string }>();
    world.clock.nowMs += 31_000;
    expect((await keep(world.post(`/v1/verifications/${id}/resend`, {}))).status).toBe(200);
    await keep(checkOf(world, id, wrong("424242")));
    const approved = await keep(checkOf(world, id, "424242"));
    expect(approved.status).toBe(200);
    const session = await approved.clone().json<Session>();
    const secrets = [...spellings(number), "424242", wrong("424242"), session.access_token];
    return { secrets, traces: [/testUntilMs/, /test-sends/, /"isTest":true/] };
  },

  "a start under an Idempotency-Key, said again, said otherwise, canceled twice, and anew": async (
    world,
    keep,
  ) => {
    const key = { "Idempotency-Key": "0197b2f0-6a52-7c5e-9c33-0a1b2c3d4e5f" };
    const startWith = (more: object) => keep(world.post("/v1/verifications", { to, ...more }, key));
    const first = await startWith({});
    const { id } = await first.clone().json<{ id: string }>();
    const cancel = () => keep(world.send(`/v1/verifications/${id}`, { method: "DELETE" }));
    const statuses = [first, await startWith({}), await startWith({ locale: "de" })];
    statuses.push(await cancel(), await cancel());
    statuses.push(await keep(world.post("/v1/verifications", { to })));
    expect(statuses.map(({ status }) => status)).toEqual([201, 201, 422, 204, 204, 201]);
    expect(canceledAtTwilio(world)).toBe(isOfVerify(world) ? 1 : 0);
    return { secrets: [...spellings(to), id.slice(4)] };
  },

  "a cancel by number, after a send of which the ledger never heard": async (world, keep) => {
    const { id } = await start(world, to);
    await keep(world.send(`/v1/verifications/${id}`, { method: "DELETE" }));
    const store = failing("PHONE_LEDGER.settleSend", "rejects");
    const bindings = Object.entries(store.bindings);
    const before = bindings.map(([name]) => [name, world.settings[name]] as const);
    Object.assign(world.settings, store.bindings);
    expect((await keep(world.post("/v1/verifications", { to }))).status).toBe(201);
    Object.assign(world.settings, Object.fromEntries(before));
    world.clock.nowMs += 31_000;
    expect((await keep(world.post("/v1/verifications", { to }))).status).toBe(201);
    const byNumber = world.outgoing.filter(isCancelByNumber);
    expect(byNumber).toHaveLength(isOfVerify(world) ? 1 : 0);
    const breakersRow = /\{"key":"[\w-]{43}","sealed":"[\w-]{30,}","state"/;
    const unconfirmed = /"unverified",\{"send":/;
    return { secrets: [...spellings(to), id.slice(4)], traces: [breakersRow, unconfirmed] };
  },

  "a code that a stranger uses up, and that the number's owner has made anew": async (
    world,
    keep,
  ) => {
    const { device_token } = await signIn(world, to);
    const { id, code } = await start(world, to);
    for (let tries = 0; tries < 5; tries += 1) await keep(checkOf(world, id, wrong(code)));
    const renewed = await keep(
      world.post("/v1/verifications", { to, device_tokens: [device_token] }),
    );
    expect(renewed.status).toBe(201);
    expect(canceledAtTwilio(world)).toBe(isOfVerify(world) ? 1 : 0);
    return { secrets: [...spellings(to), id.slice(4), device_token.slice(4)] };
  },

  "wrong codes of a backend's user, and locks that the backend and the operator end": async (
    world,
    keep,
  ) => {
    const subject = "user-of-the-shop-42";
    const { id, code } = await startAs(world, shopKey, { to, purpose: "two_factor", subject });
    for (let tries = 0; tries < 2; tries += 1) await keep(checkOf(world, id, wrong(code)));
    const resetLocks = (path: string, body: object, key: string) =>
      keep(world.post(path, body, asBackend(key)));
    const resets = [
      await resetLocks("/v1/locks/reset", { to, subject: "another user" }, shopKey),
      await resetLocks("/v1/locks/reset", { to: "1" }, shopKey),
      await resetLocks("/v1/admin/locks/reset", { to, class: "known" }, bankKey),
    ];
    expect(resets.map(({ status }) => status)).toEqual([204, 422, 204]);
    const counted = /"clients":\{"[\w-]{22}":\{"sends":.*"subjects":\{"[\w-]{22}":\{"failures":2/;
    const secrets = [...spellings(to), subject, shopKey, bankKey, id.slice(4), wrong(code)];
    return { secrets, traces: [counted] };
  },

  "a number and a subject that the operator signs out": async (world, keep) => {
    const session = await signIn(world, to);
    const subject = "user-of-the-shop-43";
    const out = (body: object) =>
      keep(world.post("/v1/admin/subjects/sign-out", body, asBackend(bankKey)));
    const answers = [await out({ to }), await out({ subject }), await out({ to: "1" })];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 422]);
    const secrets = [...spellings(to), subject, session.subject, session.refresh_token.slice(3)];
    return { secrets, traces: [/"tombstones":\{"ses_/] };
  },

  "the numbers that fail at Twilio, each in its way": async (world, keep) => {
    const troubled = Array.from({ length: 37 }, (_, index) => `+120155501${60 + index}`);
    for (const [index, number] of troubled.entries()) {
      // Three failures answer only after twelve seconds. The Twilio client's tests cover them.
      if (["+12015550168", "+12015550178", "+12015550186"].includes(number)) continue;
      const headers = { "CF-Connecting-IP": `192.0.2.${index}` };
      const started = await keep(world.post("/v1/verifications", { to: number }, headers));
      const { id } = await started.clone().json<{ id?: string }>();
      if (id) await keep(world.post(`/v1/verifications/${id}/check`, { code: "424242" }, headers));
    }
    expect(world.lines.length).toBeGreaterThan(50);
    return { secrets: [...troubled.flatMap(spellings), "424242"] };
  },

  "numbers, codes and ids where they do not belong": async (world, keep) => {
    for (const spelling of ["0015550123", "+1 201 555 0123 ext 9", "+19002345678", "٢٠١٥٥٥٠١٢٣"])
      await keep(world.post("/v1/verifications", { to: spelling }));
    await keep(world.post("/v1/verifications", { to, [to]: to, code: "424242" }));
    await keep(world.send(`/v1/verifications/${to}/check`, { method: "POST" }));
    await keep(world.send(`/v1/verifications?to=${to}`));
    return { secrets: [...spellings(to), "424242", "19002345678", "٢٠١٥٥٥٠١٢٣"] };
  },
};

const isOfVerify = ({ settings }: World): boolean => settings.OTP_ENGINE !== "messaging";
/** The only call whose URL contains the number: it cancels a verification whose sid is unknown. */
const isCancelByNumber = ({ url, form }: Outgoing): boolean =>
  form.Status === "canceled" && decodeURIComponent(url).endsWith(`/Verifications/${to}`);

const canceledAtTwilio = ({ outgoing }: World): number =>
  outgoing.filter(({ form }) => form.Status === "canceled").length;

/** The secrets of the settings. */
function configured({ settings }: World): string[] {
  const { keys } = JSON.parse(String(settings.SIGNING_KEYS)) as { keys: { d: string }[] };
  return [
    ...["TWILIO_AUTH_TOKEN", "SUBJECT_KEY"].map((name) => String(settings[name])),
    String(settings.PEPPERS).slice(2),
    String(settings.EVENTS_SECRET).slice(6),
    ...keys.map(({ d }) => d),
  ];
}

/** A dataset of Workers Analytics Engine. Its points are searched like log lines. */
function recordingMetrics() {
  const points: string[] = [];
  const writeDataPoint = (point: unknown) => void points.push(JSON.stringify(point));
  return { points, METRICS: { writeDataPoint } };
}

/** With events on, each object stores the events to deliver. No alarm delivers them here. */
const events = {
  EVENTS_URL: "https://backend.example/events",
  EVENTS_SECRET: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
};
const wide = {
  LIMIT_SEND_PER_IP: "1000/1h",
  LIMIT_CHECK_PER_IP: "1000/1h",
  TEST_NUMBERS: "+12015550199:424242@2035-01-31",
  ...events,
};

describe.each([
  ["verify", wide],
  ["messaging", { ...wide, OTP_ENGINE: "messaging", TWILIO_FROM: "+12015550193" }],
])(
  "with engine %s no number, code, token or credential is in any log line, metric, URL, KV entry, object or problem after",
  (_, settings) => {
    it.each(Object.entries(scenes))("%s", async (_name, scene) => {
      const { points, METRICS } = recordingMetrics();
      const keys = [
        await serviceKey("shop", ["two_factor"], shopKey),
        await serviceKey("operator", ["admin"], bankKey),
      ];
      const SERVICE_KEYS = JSON.stringify(keys.map(({ entry }) => entry));
      const PURPOSES = "sign_in,two_factor";
      const world = await createWorld({ env: { ...settings, METRICS, SERVICE_KEYS, PURPOSES } });
      const answers: Response[] = [];
      const keep: Keep = async (answer) => {
        answers.push(await answer);
        return answer;
      };
      const told = await scene(world, keep);
      await world.twin.settled();
      const found = [await traces(world, answers), ...points].join("\n");
      for (const trace of told.traces ?? []) expect(found).toMatch(trace);
      expect(points.length).toBeGreaterThan(0);
      expect(points).toHaveLength(world.lines.length);
      // No point contains the number, not even masked.
      expect(points.join("\n")).not.toMatch(/•|ses_|[0-9a-f]{8}-[0-9a-f]{4}-/);
      // The log has the last four digits. With 1201555 they would be the whole number.
      const general = ["1201555", ...(await allCodes(world)), ...configured(world)];
      for (const secret of [...told.secrets, ...general])
        expect(holds(found, secret), secret.slice(-4)).toBe(false);
    });
  },
);

it("the log names a number by its calling code and last four digits", async () => {
  const world = await createWorld();
  await start(world, "+12015550123");
  expect(world.lines.join()).toContain("+1•••••0123");
});

it("an address occurs in no key, value or log line", async () => {
  const world = await createWorld();
  await world.post(
    "/v1/verifications",
    { to: "+12015550123" },
    { "CF-Connecting-IP": "203.0.113.77" },
  );
  expect(await traces(world, [])).not.toContain("203.0.113.77");
});

import { listDurableObjectIds, reset, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, it } from "vitest";
import { asBackend, bankKey, serviceKey, shopKey, startAs } from "./helpers/backend.ts";
import { failing } from "./helpers/failing.ts";
import { bearer, signIn, type Session } from "./helpers/session.ts";
import { createWorld, start, twinOrigin, wrong, type World } from "./helpers/world.ts";

afterEach(reset);

/** Everything that stays behind or is seen by others: logs, URLs, keys, values, names, refusals. */
async function traces(world: World, answers: readonly Response[]): Promise<string> {
  const urls = world.outgoing.map(({ url }) => url);
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

/** Every row of every table, but of those that are Cloudflare's own. */
function tables(sql: SqlStorage): unknown[] {
  const names = sql.exec<{ name: string }>(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\'",
  );
  return names.toArray().flatMap(({ name }) => [name, ...sql.exec(`SELECT * FROM "${name}"`)]);
}

/** A code may stand in a time by chance, between its other digits, or in a random name. */
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

type Keep = (answer: Promise<Response>) => Promise<Response>;

const keyed = "+12015550125";
const lost = "+12015550126";
const renewed = "+12015550127";

/** Starts under an `Idempotency-Key`, said again, said otherwise, canceled twice, and anew. */
async function cancelAndRepeat(world: World, keep: Keep): Promise<void> {
  const key = { "Idempotency-Key": "0197b2f0-6a52-7c5e-9c33-0a1b2c3d4e5f" };
  const startWith = (more: object) =>
    keep(world.post("/v1/verifications", { to: keyed, ...more }, key));
  const first = await startWith({});
  const { id } = await first.clone().json<{ id: string }>();
  const cancel = () => keep(world.send(`/v1/verifications/${id}`, { method: "DELETE" }));
  const statuses = [first, await startWith({}), await startWith({ locale: "de" })];
  statuses.push(await cancel(), await cancel());
  statuses.push(await keep(world.post("/v1/verifications", { to: keyed })));
  expect(statuses.map(({ status }) => status)).toEqual([201, 201, 422, 204, 204, 201]);
}

/** The ledger never hears of Twilio's sid. */
async function cancelUnwritten(world: World, keep: Keep): Promise<void> {
  const store = failing("PHONE_LEDGER.settleSend", "rejects");
  const bindings = Object.entries(store.bindings);
  const before = bindings.map(([name]) => [name, world.settings[name]] as const);
  Object.assign(world.settings, store.bindings);
  const { id } = await start(world, lost);
  await keep(world.send(`/v1/verifications/${id}`, { method: "DELETE" }));
  Object.assign(world.settings, Object.fromEntries(before));
  expect((await keep(world.post("/v1/verifications", { to: lost }))).status).toBe(201);
}

/** A stranger uses a code up, its number's owner has it made anew. */
async function renew(world: World, keep: Keep): Promise<void> {
  const { device_token } = await signIn(world, renewed);
  const { id, code } = await start(world, renewed);
  for (let tries = 0; tries < 5; tries += 1)
    await keep(world.post(`/v1/verifications/${id}/check`, { code: wrong(code) }));
  expect(
    (await keep(world.post("/v1/verifications", { to: renewed, device_tokens: [device_token] })))
      .status,
  ).toBe(201);
}

const counted = "+12015550128";
const subject = "user-of-the-shop-42";

/** A backend's user types wrong codes; the backend and the operator end the locks. */
async function lockAndReset(world: World, keep: Keep): Promise<void> {
  const login = { to: counted, purpose: "two_factor", subject };
  const { id, code } = await startAs(world, shopKey, login);
  for (let tries = 0; tries < 2; tries += 1)
    await keep(world.post(`/v1/verifications/${id}/check`, { code: wrong(code) }));
  const of = { to: counted, subject: "another user" };
  const resets = [
    await keep(world.post("/v1/locks/reset", of, asBackend(shopKey))),
    await keep(world.post("/v1/locks/reset", { to: "1" }, asBackend(shopKey))),
    await keep(
      world.post("/v1/admin/locks/reset", { to: counted, class: "known" }, asBackend(bankKey)),
    ),
  ];
  expect(resets.map(({ status }) => status)).toEqual([204, 422, 204]);
}

/** A dataset of Workers Analytics Engine; what it is given is looked through like a line of the log. */
function recordingMetrics() {
  const points: string[] = [];
  const writeDataPoint = (point: unknown) => void points.push(JSON.stringify(point));
  return { points, METRICS: { writeDataPoint } };
}

/** A life with everything in it; returns what must be found nowhere. */
async function live(world: World): Promise<{ answers: Response[]; secrets: string[] }> {
  const answers: Response[] = [];
  const keep = async (answer: Promise<Response>) => {
    answers.push(await answer);
    return answer;
  };
  const to = "+12015550123";
  const { id, code } = await start(world, to);
  world.clock.nowMs += 31_000;
  expect((await keep(world.post(`/v1/verifications/${id}/resend`, {}))).status).toBe(200);
  world.clock.nowMs += 41_000;
  await keep(world.post(`/v1/verifications/${id}/resend`, { channel: "call" }));
  await cancelAndRepeat(world, keep);
  await cancelUnwritten(world, keep);
  await renew(world, keep);
  await lockAndReset(world, keep);
  await keep(world.post(`/v1/verifications/${id}/check`, { code: wrong(code) }));
  await keep(world.post(`/v1/verifications/${id}/check`, { code: `${code}x` }));
  const approved = await keep(world.post(`/v1/verifications/${id}/check`, { code }));
  const session = await approved.clone().json<Session>();
  const refreshed = await keep(
    world.post("/v1/sessions/refresh", { refresh_token: session.refresh_token }),
  );
  const next = await refreshed.clone().json<Session>();
  await keep(world.send("/v1/sessions", { headers: bearer(next) }));
  await keep(world.send("/v1/sessions", { headers: bearer({ access_token: next.refresh_token }) }));
  await keep(world.send(`/v1/sessions/${session.refresh_token}`, { headers: bearer(next) }));
  await keep(world.post("/v1/sessions/refresh", { refresh_token: next.access_token }));
  await keep(world.post(`/v1/verifications/${id}/check`, { code }));
  await keep(world.send(`/v1/verifications/${id}`));
  const troubled = Array.from({ length: 37 }, (_, index) => `+120155501${60 + index}`);
  for (const [index, number] of troubled.entries()) {
    // Three of them answer only after twelve seconds: the client's own tests cover those.
    if (["+12015550168", "+12015550178", "+12015550186"].includes(number)) continue;
    const headers = { "CF-Connecting-IP": `192.0.2.${index}` };
    const started = await keep(world.post("/v1/verifications", { to: number }, headers));
    const { id: other } = await started.clone().json<{ id?: string }>();
    if (other) await keep(world.post(`/v1/verifications/${other}/check`, { code }, headers));
  }
  for (const spelling of ["0015550123", "+1 201 555 0123 ext 9", "+19002345678", "٢٠١٥٥٥٠١٢٣"])
    await keep(world.post("/v1/verifications", { to: spelling }));
  await keep(world.post("/v1/verifications", { to, [to]: to, code }));
  await keep(world.send(`/v1/verifications/${to}/check`, { method: "POST" }));
  await keep(world.send(`/v1/verifications?to=${to}`));
  await world.twin.settled();
  const settings = ["TWILIO_AUTH_TOKEN", "SUBJECT_KEY"];
  const credentials = settings.map((name) => String(world.settings[name]));
  const peppers = String(world.settings.PEPPERS).slice(2);
  const privateKey = JSON.parse(String(world.settings.SIGNING_KEYS)).keys[0].d as string;
  const numbers = [to, keyed, lost, renewed, counted, ...troubled].flatMap((number) => [
    number.slice(1),
    number.slice(2),
  ]);
  // With the last four digits of the log it would be a number.
  numbers.push("1201555");
  return {
    answers,
    secrets: [
      ...numbers,
      ...(await allCodes(world)),
      wrong(code),
      id.slice(4),
      ...[session, next].flatMap((each) => [each.access_token, each.refresh_token.slice(3)]),
      session.device_token.slice(4),
      subject,
      shopKey,
      peppers,
      privateKey,
      ...credentials,
    ],
  };
}

const wide = { LIMIT_SEND_PER_IP: "1000/1h", LIMIT_CHECK_PER_IP: "1000/1h" };

it.each([
  ["verify", wide],
  ["messaging", { ...wide, OTP_ENGINE: "messaging", TWILIO_FROM: "+12015550193" }],
])(
  "with engine %s no number, code, token or credential is in any log line, metric, URL, KV entry, object or problem",
  async (engine, settings) => {
    const { points, METRICS } = recordingMetrics();
    const keys = [
      await serviceKey("shop", ["two_factor"], shopKey),
      await serviceKey("operator", ["admin"], bankKey),
    ];
    const SERVICE_KEYS = JSON.stringify(keys.map(({ entry }) => entry));
    const PURPOSES = "sign_in,two_factor";
    const world = await createWorld({ env: { ...settings, METRICS, SERVICE_KEYS, PURPOSES } });
    const { answers, secrets } = await live(world);
    const found = [await traces(world, answers), ...points].join("\n");
    expect(points).toHaveLength(world.lines.length);
    // Of whom it was is in no point at all, masked neither.
    expect(points.join("\n")).not.toMatch(/•|ses_|[0-9a-f]{8}-[0-9a-f]{4}-/);
    expect(world.lines.length).toBeGreaterThan(50);
    expect(found).toContain("sealedNumber");
    expect(found).toContain('"families"');
    expect(found).toMatch(
      /"clients":\{"[\w-]{22}":\{"sends":.*"subjects":\{"[\w-]{22}":\{"failures":2/,
    );
    // The breakers' rows, with a send that nobody has confirmed.
    expect(found).toMatch(/\{"key":"[\w-]{43}","sealed":"[\w-]{30,}","state"/);
    expect(found).toMatch(/"unverified",\{"send":/);
    expect(secrets.length).toBeGreaterThan(100);
    const canceled = world.outgoing.filter(({ form }) => form.Status === "canceled");
    expect(canceled).toHaveLength(engine === "verify" ? 2 : 0);
    for (const secret of secrets) expect(holds(found, secret), secret.slice(-4)).toBe(false);
  },
);

it("the log names a number by its calling code and last four digits", async () => {
  const world = await createWorld();
  await start(world, "+12015550123");
  expect(world.lines.join()).toContain("+1•••••0123");
});

it("an address stands in no key, value or log line", async () => {
  const world = await createWorld();
  await world.post(
    "/v1/verifications",
    { to: "+12015550123" },
    { "CF-Connecting-IP": "203.0.113.77" },
  );
  expect(await traces(world, [])).not.toContain("203.0.113.77");
});

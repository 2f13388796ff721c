import { env as testEnv } from "cloudflare:workers";
import fc from "fast-check";
import type { Channel } from "../../src/contract/channels.ts";
import { asBackend, serviceKey } from "../helpers/backend.ts";
import { startFrom, turnstile } from "../helpers/guard.ts";
import { sendHook, sendUrl } from "../helpers/hooks.ts";
import { from } from "../helpers/racing.ts";
import { interceptedBindings } from "../helpers/recorder.ts";
import { signIn } from "../helpers/session.ts";
import { createWorld, wrong, type World } from "../helpers/world.ts";

const minuteMs = 60_000;
const adminKey = `sk_${"a".repeat(43)}`;

/**
 * A number that signed in once, so long ago that all its windows equal those of the other number.
 */
export const member = "+12015550123";
/** A number that was sent a code at the same moment, which was never entered. */
export const nonMember = "+12015550124";
/** The attacker's own phones: three of the same prefix, and one of another. */
const ownNumbers = ["+12015550125", "+12015550126", "+12015550127", "+12025550125"] as const;

/**
 * The target of a request: the number in question, the other number, or one of the attacker's own.
 */
type Target = "asked" | "other" | 0 | 1 | 2 | 3;

/** A request of a stranger. `of` names a verification by how many starts ago it was started. */
export type Step =
  | {
      readonly kind: "start";
      readonly to: Target;
      readonly channel: Channel;
      readonly address: number;
      /** No token, a malformed one, or a token of the attacker's own number. */
      readonly token: "none" | "nonsense" | "of another number";
      readonly key: number | undefined;
    }
  | { readonly kind: "check"; readonly of: number; readonly guess: "right" | "wrong" }
  | { readonly kind: "resend"; readonly of: number; readonly channel: Channel | undefined }
  | { readonly kind: "read" | "cancel"; readonly of: number }
  | { readonly kind: "fault"; readonly status: number; readonly code: number }
  | { readonly kind: "wait"; readonly ms: number };

const channel = fc.constantFrom<Channel>("sms", "sms", "call", "whatsapp");
const of = fc.nat(3);

export const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("start" as const),
      to: fc.constantFrom<Target>("asked", "asked", "asked", "other", 0, 1, 2, 3),
      channel,
      address: fc.nat(8),
      token: fc.constantFrom("none" as const, "none" as const, "nonsense", "of another number"),
      key: fc.option(fc.nat(1), { nil: undefined, freq: 4 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("check" as const),
      of,
      guess: fc.constantFrom("right" as const, "wrong", "wrong"),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("resend" as const),
      of,
      channel: fc.option(channel, { nil: undefined }),
    }),
  },
  fc.record({ kind: fc.constantFrom("read" as const, "cancel" as const), of }),
  fc.record({
    kind: fc.constant("fault" as const),
    status: fc.constantFrom(403, 429, 500),
    code: fc.constantFrom(60410, 60205, 20429),
  }),
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("wait" as const),
      ms: fc.constantFrom(1000, 31_000, 61_000, 10 * minuteMs, 60 * minuteMs),
    }),
  },
);

export interface Setting {
  readonly turnstile: "off" | "risky" | "always";
  /** Twilio Lookup's answer for every line; undefined with Lookup off. */
  readonly line: string | undefined;
  readonly held: readonly ("prefix" | "country" | "failed_checks")[];
  readonly sendsPerDay: number;
  readonly rules: string;
  /** Of which numbers the app's send hook says no, and the caller is not told. Undefined: no hook. */
  readonly hidden: readonly string[] | undefined;
}

export const anySetting: fc.Arbitrary<Setting> = fc.record({
  turnstile: fc.constantFrom("off" as const, "risky", "always"),
  line: fc.constantFrom(undefined, "mobile", "landline", "nonFixedVoip"),
  held: fc.subarray(["prefix" as const, "country" as const, "failed_checks" as const]),
  sendsPerDay: fc.constantFrom(1000, 1000, 10),
  rules: fc.constantFrom("", "prefix:refuse,voip:refuse", "country:refuse,address_countries:off"),
  hidden: fc.constantFrom(undefined, [], [member, nonMember], [member, nonMember, ...ownNumbers]),
});

/** Nothing but the number's own limits refuses a send, so that most starts pass. */
export const openSetting: fc.Arbitrary<Setting> = fc.record({
  turnstile: fc.constant("off" as const),
  line: fc.constant(undefined),
  held: fc.constant([]),
  sendsPerDay: fc.constantFrom(1000, 10),
  rules: fc.constant("prefix:off,country:off,address_countries:off"),
  hidden: fc.constant(undefined),
});

/** A step, what the caller was answered, and what was asked of Twilio, the hook and the stores. */
export interface Seen {
  readonly step: Step;
  readonly status?: number;
  readonly headers?: readonly (readonly (string | undefined)[])[];
  readonly body?: string;
  readonly calls: readonly string[];
}

let worlds = 0;

/**
 * Plays the steps against one of the two numbers, in a world with the same history. Returns
 * everything that a stranger can see of each step, and all calls to Twilio and the stores.
 */
export async function play(
  asked: "member" | "non-member",
  { setting, engine, steps }: { setting: Setting; engine: object; steps: readonly Step[] },
): Promise<Seen[]> {
  const calls: string[] = [];
  const before = await createWorld({ env: { ...(await storesOf(calls)), ...engine } });
  const token = await past(before);
  const { nowMs } = before.clock;
  const world = await createWorld({
    env: { ...before.settings, ...settingsOf(setting) },
    network: networkOf(calls, setting),
  });
  world.clock.nowMs = nowMs + 11 * minuteMs;
  await hold(world, setting);
  const numbers = new Map<Target, string>([
    ["asked", asked === "member" ? member : nonMember],
    ["other", asked === "member" ? nonMember : member],
    ...([0, 1, 2, 3] as const).map((index): [Target, string] => [index, ownNumbers[index]]),
  ]);
  const stranger = { world, numbers, token, started: [] };
  const seen: Seen[] = [];
  for (const step of steps) {
    calls.length = 0;
    const answer = await take(stranger, step);
    // Delivery reports come after the answer, each in a request of its own.
    await world.twin.settled();
    seen.push({ step, ...(answer && (await visibleTo(answer, numbers))), calls: [...calls] });
  }
  return seen;
}

/** Stores whose calls are recorded, with their own budget. */
async function storesOf(calls: string[]): Promise<Record<string, unknown>> {
  const name = `world ${(worlds += 1)}`;
  const budget = { getByName: () => testEnv.SEND_BUDGET.getByName(name) };
  const { LIMITS, PHONE_LEDGER, SUBJECT_SESSIONS } = testEnv;
  const { entry } = await serviceKey("ops", ["admin"], adminKey);
  const stores = interceptedBindings(
    (call) => {
      calls.push(call.name);
      return call.run();
    },
    { LIMITS, PHONE_LEDGER, SUBJECT_SESSIONS, SEND_BUDGET: budget },
  );
  return { ...stores, SERVICE_KEYS: JSON.stringify([entry]) };
}

const settingsOf = (setting: Setting): Record<string, unknown> => ({
  ...turnstile("risky"),
  TURNSTILE: setting.turnstile,
  LOOKUP: setting.line === undefined ? "off" : "on",
  GUARD_RULES: setting.rules,
  LIMIT_SEND_TOTAL: `${setting.sendsPerDay}/1d`,
  BUDGET_RESERVED: "",
  ...(setting.hidden !== undefined && { ...sendHook, HOOK_REFUSAL: "hide" }),
});

/** A Twilio without a WhatsApp sender, whose Lookup gives the same answer for every line. */
const networkOf =
  (calls: string[], { line, hidden = [] }: Setting) =>
  async (request: Request, twin: typeof fetch): Promise<Response> => {
    const { pathname } = new URL(request.url);
    if (request.url === sendUrl) {
      calls.push("hook");
      const { data } = await request.json<{ data: { phone_number: string } }>();
      return Response.json({ allow: !hidden.includes(data.phone_number) });
    }
    calls.push(`${request.method} ${pathname.replaceAll(/[A-Z]{2}[0-9a-f]{32}|%2B\d+/g, "…")}`);
    if (pathname.startsWith("/v2/PhoneNumbers/")) {
      const phone_number = decodeURIComponent(pathname.slice("/v2/PhoneNumbers/".length));
      const line_type_intelligence = { type: line };
      return Response.json({ phone_number, valid: true, line_type_intelligence });
    }
    const text = new TextDecoder().decode(await request.clone().arrayBuffer());
    const form = new URLSearchParams(text);
    if (form.get("Channel") !== "whatsapp") return twin(request);
    return Response.json({ code: 68008, message: "no sender", status: 403 }, { status: 403 });
  };

/**
 * Sends both numbers a code. The member enters it. The attacker enters a code for an own number,
 * and its device token is returned.
 */
async function past(world: World): Promise<string> {
  await startFrom(world, 200, nonMember);
  await signIn(world, member);
  const { device_token } = await signIn(world, ownNumbers[0]);
  return device_token;
}

/** Sets the override that the setting names. */
async function hold(world: World, { held }: Setting): Promise<void> {
  const targets = {
    prefix: { prefix: "+1201555" },
    country: { country: "US" },
    failed_checks: { failed_checks: true },
  };
  for (const name of held) {
    const lever = { ...targets[name], set: "hold_up", seconds: 45 * 60 };
    const answer = await world.post("/v1/admin/guard", lever, asBackend(adminKey));
    if (answer.status !== 204) throw new Error(await answer.text());
  }
}

interface Stranger {
  readonly world: World;
  readonly numbers: ReadonlyMap<Target, string>;
  /** A device token of one of the attacker's own numbers. */
  readonly token: string;
  readonly started: { readonly id: string; readonly to: Target }[];
}

async function take(stranger: Stranger, step: Step): Promise<Response | undefined> {
  const { world } = stranger;
  switch (step.kind) {
    case "start":
      return takeStart(stranger, step);
    case "fault":
      await world.fault({ count: 1, status: step.status, code: step.code });
      return undefined;
    case "wait":
      world.clock.nowMs += step.ms;
      return undefined;
    case "check":
    case "resend":
    case "read":
    case "cancel":
      return takeUp(stranger, step);
  }
}

async function takeStart(
  { world, numbers, token, started }: Stranger,
  step: Extract<Step, { kind: "start" }>,
): Promise<Response> {
  const tokens = { none: [], nonsense: ["dev_nonsense"], "of another number": [token] };
  const body = { channel: step.channel, device_tokens: tokens[step.token] };
  const headers =
    step.key === undefined ? undefined : { "Idempotency-Key": `key-${step.key}-of-the-stranger` };
  const to = numbers.get(step.to) ?? "";
  const answer = await startFrom(world, step.address, to, body, headers);
  if (answer.ok) {
    const { id } = await answer.clone().json<{ id: string }>();
    started.push({ id, to: step.to });
  }
  return answer;
}

/** Sends a request about a started verification, if there is one. */
async function takeUp(
  { world, numbers, started }: Stranger,
  step: Extract<Step, { readonly of: number }>,
): Promise<Response | undefined> {
  const known = started.at(-1 - step.of);
  if (known === undefined) return undefined;
  const path = `/v1/verifications/${known.id}`;
  const headers = from(9);
  switch (step.kind) {
    case "read":
      return world.send(path, { headers });
    case "cancel":
      return world.send(path, { method: "DELETE", headers });
    case "resend":
      return world.post(`${path}/resend`, { channel: step.channel }, headers);
    case "check": {
      // The attacker can read codes only on own phones.
      const isOwn = typeof known.to === "number";
      const [text] = isOwn ? await world.inbox(numbers.get(known.to) ?? "") : [];
      const code = text?.code ?? "000000";
      const guess = step.guess === "right" ? code : wrong(code);
      return world.post(`${path}/check`, { code: guess }, headers);
    }
  }
}

/** Returns what the caller sees, without the parts that differ for each request. */
async function visibleTo(answer: Response, numbers: ReadonlyMap<Target, string>) {
  const headers = [...answer.headers].map(([name, value]) => [name, withoutNames(value)]);
  let body = await answer.text();
  for (const [target, number] of numbers) {
    const masked = `+1•••••${number.slice(-4)}`;
    body = body.replaceAll(number, `${target}`).replaceAll(masked, `masked ${target}`);
  }
  return { status: answer.status, headers, body: withoutNames(body) };
}

/** Removes ids, tokens and the request id, which are random. */
const withoutNames = (text: string): string =>
  text.replaceAll(/[a-z]{2,3}_[\w.-]{22,}|eyJ[\w.-]+|usr_[\w-]+|[0-9a-f-]{36}/g, "…");

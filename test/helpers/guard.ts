import { TWIN_TURNSTILE_SECRET, TWIN_TURNSTILE_SITE_KEY } from "../../src/twin/seed.ts";
import { from } from "./racing.ts";
import { interceptedBindings, type Intercept } from "./recorder.ts";
import { createWorld, twinOrigin, type World } from "./world.ts";

/** Settings with the default rules and without a captcha. */
export const guarded = { GUARD_RECORD: "" };

/** Settings for the twin's Turnstile widget. */
export const turnstile = (asked: "risky" | "always") => ({
  ...guarded,
  TURNSTILE: asked,
  TURNSTILE_SITE_KEY: TWIN_TURNSTILE_SITE_KEY,
  TURNSTILE_SECRET: TWIN_TURNSTILE_SECRET,
  TURNSTILE_BASE_URL: twinOrigin,
});

/**
 * Returns a captcha token that was solved on the Worker's own page. `name` selects one of the
 * twin's tokens.
 */
export const solved = (
  name = "twin-pass",
  { action = "sign_in", hostname = "127.0.0.1", more = "" } = {},
) => `${name}?action=${action}&hostname=${hostname}${more}`;

/**
 * Creates a world that records its calls to stores, the flood gate, Turnstile and Twilio, in order.
 */
export async function watchedWorld(
  env: Record<string, unknown>,
  between: Intercept = ({ run }) => run(),
  network?: (request: Request, twin: typeof fetch) => Promise<Response>,
) {
  const calls: string[] = [];
  const bindings = interceptedBindings((call) => {
    calls.push(call.name);
    return between(call);
  });
  const world = await createWorld({
    env: { ...bindings, ...env },
    network: (request, twin) => {
      calls.push(outsideOf(request.url));
      return network ? network(request, twin) : twin(request);
    },
  });
  return { world, calls };
}

function outsideOf(url: string): string {
  if (url.includes("/siteverify")) return "turnstile";
  return url.includes("/v2/PhoneNumbers/") ? "lookup" : "twilio";
}

export type Decision = Readonly<Record<string, unknown>>;

/** Returns the log entries of an event. */
export function logged(world: World, event: string): Decision[] {
  return world.lines
    .map((line): Decision => JSON.parse(line))
    .filter((line) => line.event === event);
}

export const decisions = (world: World): Decision[] => logged(world, "guard.decision");

/** Sends a start from its own address, so that no window of an address refuses it. */
export const startFrom = (
  world: World,
  index: number,
  to: string,
  more: Record<string, unknown> = {},
  headers: Record<string, string> = {},
) => world.post("/v1/verifications", { to, ...more }, { ...from(index), ...headers });

/** Returns a number of the prefix +1201555. */
export const numberOf = (index: number): string =>
  `+1201555${String(100 + index).padStart(4, "0")}`;

/** Returns a number with its own prefix, in the United States. */
export const spreadOver = (index: number): string =>
  `+1${areas[index % areas.length]}5550${100 + Math.floor(index / areas.length)}`;

const areas = [202, 203, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218, 219];

/** Fills a prefix and its country with three unconfirmed sends in an hour. */
export async function fill(world: World, numbers: (index: number) => string, more = {}) {
  for (let index = 0; index < 3; index += 1) {
    const answer = await startFrom(world, 100 + index, numbers(index), more);
    if (answer.status !== 201) throw new Error(`not started: ${await answer.text()}`);
  }
}

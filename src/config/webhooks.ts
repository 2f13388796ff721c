import type { EnvReader } from "../lib/env-reader.ts";
import { isLoopback } from "../lib/origin.ts";
import { isPrivateHost } from "../lib/private-host.ts";
import type { WebhookTarget } from "../lib/signed-post.ts";
import { parseWebhookSecrets, type WebhookSecrets } from "../lib/standard-webhooks.ts";

const secretCure =
  "must be whsec_ and base64 of 24 to 64 random bytes (`npm run keys -- webhook` makes one); during a rotation two, joined by a space";

/** Reads where events are sent. Returns undefined without `EVENTS_URL`: then no event is stored. */
export function readEvents(reader: EnvReader, development: boolean): WebhookTarget | undefined {
  const url = readWebhookUrl(reader, "EVENTS_URL", development);
  const secrets = readWebhookSecrets(reader, "EVENTS_SECRET");
  if (url === undefined) return undefined;
  if (secrets !== undefined) return { url, secrets };
  if (reader.text("EVENTS_SECRET") !== undefined) return undefined;
  return reader.problem("EVENTS_SECRET", "must be set with EVENTS_URL: it signs the events");
}

/**
 * Reads an https address in the public internet. A private address is refused, because a setting must not
 * reach into a private network. In development loopback addresses are allowed.
 */
export function readWebhookUrl(
  reader: EnvReader,
  name: string,
  development: boolean,
): string | undefined {
  const text = reader.text(name);
  if (text === undefined) return undefined;
  const url = URL.parse(text);
  const isBare = url?.username === "" && url.password === "" && url.hash === "";
  if (url === null || !isBare || text.length > 500)
    return reader.problem(name, "must be an https address without user info and fragment");
  const isHttp = url.protocol === "https:" || url.protocol === "http:";
  if (development && isHttp && isLoopback(url)) return url.href;
  if (url.protocol !== "https:") return reader.problem(name, "must be an https address");
  if (isPrivateHost(url))
    return reader.problem(name, "must not be an address of a private network or of this machine");
  return url.href;
}

/** Reads one webhook secret, or two of them during a rotation. */
export function readWebhookSecrets(reader: EnvReader, name: string): WebhookSecrets | undefined {
  const text = reader.text(name);
  if (text === undefined) return undefined;
  return parseWebhookSecrets(text) ?? reader.problem(name, secretCure);
}

/** What an app's backend is asked before a text is sent, and before a session is opened. */
export interface HooksConfig {
  /** Undefined where the hook is off. */
  readonly beforeSend: WebhookTarget | undefined;
  readonly beforeSession: WebhookTarget | undefined;
  /** What a caller learns of a number that the send hook refuses. */
  readonly refusal: "tell" | "hide";
  /** What happens to a send while the send hook gives no usable answer. */
  readonly whenUnavailable: "refuse" | "go_on";
}

export function readHooks(reader: EnvReader, development: boolean): HooksConfig {
  const sendUrl = readWebhookUrl(reader, "HOOK_BEFORE_SEND_URL", development);
  const sessionUrl = readWebhookUrl(reader, "HOOK_BEFORE_SESSION_URL", development);
  const secrets = readWebhookSecrets(reader, "HOOK_SECRET");
  const isOn = sendUrl !== undefined || sessionUrl !== undefined;
  if (isOn && reader.text("HOOK_SECRET") === undefined)
    reader.problem("HOOK_SECRET", "must be set with a hook's address: it signs the requests");
  const targetOf = (url: string | undefined) =>
    url === undefined || secrets === undefined ? undefined : { url, secrets };
  const refusal = reader.matching("HOOK_REFUSAL", /^(tell|hide)$/, "must be tell or hide");
  const unavailable = reader.matching(
    "HOOK_UNAVAILABLE",
    /^(refuse|go_on)$/,
    "must be refuse or go_on",
  );
  return {
    beforeSend: targetOf(sendUrl),
    beforeSession: targetOf(sessionUrl),
    refusal: refusal === "hide" ? "hide" : "tell",
    whenUnavailable: unavailable === "go_on" ? "go_on" : "refuse",
  };
}

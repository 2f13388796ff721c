import type { TwilioConfig } from "../../config/twilio.ts";
import { encodeBasic } from "../../lib/basic-auth.ts";
import { decodeJson } from "../../lib/json.ts";
import { readCapped } from "../../lib/read-capped.ts";
import { twilioOrigin } from "../../twilio/client.ts";
import { readErrorBody } from "../../twilio/errors.ts";

export type TwilioAccess = Pick<
  TwilioConfig,
  "accountSid" | "username" | "password" | "authToken" | "baseUrl" | "region" | "edge"
>;

/**
 * Twilio's answer. A body may hold secrets, such as the account's auth token, so it is never
 * printed.
 */
export type Reply =
  | { readonly kind: "ok"; readonly body: unknown }
  | { readonly kind: "refused"; readonly status: number; readonly code: number | undefined }
  | { readonly kind: "unreachable"; readonly origin: string }
  | { readonly kind: "bad_answer"; readonly status: number };

export type Failure = Exclude<Reply, { kind: "ok" }>;

export type TwilioProduct = "verify" | "api" | "messaging";

const timeoutMs = 10_000;
const maxBodyBytes = 512 * 1024;

/** Calls Twilio for the commands: one attempt without retries. The Worker has its own client. */
export class TwilioCaller {
  readonly access: TwilioAccess;
  readonly #fetch: typeof fetch;
  readonly #now: () => number;
  /** Seconds by which Twilio's clock was ahead at the last answer, accurate to about one second. */
  aheadSeconds: number | undefined;

  constructor(access: TwilioAccess, outside: { fetch: typeof fetch; now: () => number }) {
    this.access = access;
    this.#fetch = outside.fetch;
    this.#now = outside.now;
  }

  get(product: TwilioProduct, path: string): Promise<Reply> {
    return this.#call(product, path, {});
  }

  post(product: TwilioProduct, path: string, form: Record<string, string>): Promise<Reply> {
    const headers = { "Content-Type": "application/x-www-form-urlencoded" };
    const body = new URLSearchParams(form).toString();
    return this.#call(product, path, { method: "POST", headers, body });
  }

  async #call(product: TwilioProduct, path: string, init: RequestInit): Promise<Reply> {
    const origin = twilioOrigin(this.access, product);
    let response: Response;
    let bytes: Uint8Array | "too_large";
    try {
      response = await this.#fetch(`${origin}${path}`, {
        ...init,
        headers: {
          ...Object.fromEntries(new Headers(init.headers)),
          Authorization: encodeBasic(this.access.username, this.access.password),
          Accept: "application/json",
        },
        // A redirect could send the credentials to another server.
        redirect: "manual",
        signal: AbortSignal.timeout(timeoutMs),
      });
      bytes = await readCapped(response.body, maxBodyBytes);
    } catch {
      return { kind: "unreachable", origin };
    }
    this.#readClock(response);
    return readReply(response.status, bytes);
  }

  #readClock(response: Response): void {
    const date = Date.parse(response.headers.get("Date") ?? "");
    if (!Number.isNaN(date)) this.aheadSeconds = Math.round((date - this.#now()) / 1000);
  }
}

function readReply(status: number, bytes: Uint8Array | "too_large"): Reply {
  if (bytes === "too_large") return { kind: "bad_answer", status };
  let body: unknown;
  try {
    body = decodeJson(bytes);
  } catch {
    return { kind: "bad_answer", status };
  }
  if (status >= 200 && status < 300) return { kind: "ok", body };
  if (status < 400 || status >= 500) return { kind: "bad_answer", status };
  return { kind: "refused", status, code: readErrorBody(body).code };
}

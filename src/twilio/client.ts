import type { TwilioConfig } from "../config/twilio.ts";
import { encodeBasic } from "../lib/basic-auth.ts";
import { decodeJson } from "../lib/json.ts";
import { redact } from "../lib/log.ts";
import { readCapped } from "../lib/read-capped.ts";
import type { Runtime } from "../runtime.ts";
import { Circuit } from "./circuit.ts";
import type { Deadline } from "./deadline.ts";
import { meaningOf, readErrorBody, type RefusalMeaning } from "./errors.ts";

export type Product = "verify" | "api" | "lookups";

export interface TwilioRequest {
  readonly product: Product;
  readonly method: "GET" | "POST";
  readonly path: string;
  /** Sent form-encoded, in this order. */
  readonly form?: Readonly<Record<string, string>>;
}

export type TwilioFailure =
  /** There was no answer, or a broken one. Twilio may or may not have processed the request. */
  | { readonly kind: "timeout" | "network" | "server_error" | "bad_response" }
  /** No request was made: the circuit is open, or too little time is left. */
  | { readonly kind: "not_asked" }
  /** Twilio refused. `missedAnswer`: an earlier attempt of this call may have been processed. */
  | {
      readonly kind: "refused";
      readonly meaning: RefusalMeaning;
      readonly code: number;
      readonly missedAnswer: boolean;
    };

/** The JSON body of a 2xx answer, not validated yet, or why there is none. */
export type TwilioAnswer = { readonly kind: "answer"; readonly body: unknown } | TwilioFailure;

/** How Twilio has answered this isolate recently. */
export class ProviderHealth {
  /** Shown by `/healthz`. */
  credentialsRefused = false;
  readonly circuits: Readonly<Record<Product, Circuit>> = {
    verify: new Circuit(),
    api: new Circuit(),
    lookups: new Circuit(),
  };
}

/** Returns the origin of a Twilio product: the local twin, or a host name with region and edge. */
export function twilioOrigin(
  { baseUrl, region, edge }: Pick<TwilioConfig, "baseUrl" | "region" | "edge">,
  product: string,
): string {
  if (baseUrl !== undefined) return baseUrl;
  // An edge alone implies the region us1.
  const place = [edge, region ?? (edge === undefined ? undefined : "us1")];
  return `https://${[product, ...place, "twilio.com"].filter(Boolean).join(".")}`;
}

/** A `send` is never retried after a lost answer, since the text may be on its way. */
type CallKind = "send" | "idempotent";
const timeoutsMs = { send: 10_000, idempotent: 5_000 } as const;

const maxBodyBytes = 64 * 1024;
const backoffMs = 400;

/** Calls Twilio's HTTP API. It never throws: each failure is a value. */
export class TwilioClient {
  readonly #config: TwilioConfig;
  readonly #runtime: Runtime;
  readonly #health: ProviderHealth;

  constructor(config: TwilioConfig, runtime: Runtime, health: ProviderHealth) {
    this.#config = config;
    this.#runtime = runtime;
    this.#health = health;
  }

  /** Calls that cost money: 10 s in total, one retry only if Twilio says that it did nothing. */
  send(request: TwilioRequest, deadline?: Deadline): Promise<TwilioAnswer> {
    return this.#call("send", request, deadline);
  }

  /** Calls that no request waits for. They ignore the circuit and do not change it. */
  sendInBackground(request: TwilioRequest): Promise<TwilioAnswer> {
    return this.#callWithTimeout("send", request, timeoutsMs.send);
  }

  /** Idempotent calls: 5 s in total, one retry after a lost answer. */
  callIdempotent(request: TwilioRequest, deadline?: Deadline): Promise<TwilioAnswer> {
    return this.#call("idempotent", request, deadline);
  }

  async #call(
    kind: CallKind,
    request: TwilioRequest,
    deadline: Deadline | undefined,
  ): Promise<TwilioAnswer> {
    const longestMs = timeoutsMs[kind];
    const timeoutMs = deadline === undefined ? longestMs : deadline.timeoutOf(longestMs);
    if (timeoutMs === undefined) return { kind: "not_asked" };
    const circuit = this.#health.circuits[request.product];
    if (!circuit.allows(this.#runtime.now())) return { kind: "not_asked" };
    const call = () => this.#callWithTimeout(kind, request, timeoutMs);
    const answer = await this.#runtime.trace.hop(`twilio.${request.product}`, call);
    circuit.report(isWorking(answer), this.#runtime.now());
    this.#report(request, answer);
    return answer;
  }

  /** The time-out covers all attempts and their bodies, even if `fetch` ignores its signal. */
  async #callWithTimeout(
    kind: CallKind,
    request: TwilioRequest,
    timeoutMs: number,
  ): Promise<TwilioAnswer> {
    const deadline = new AbortController();
    const expired = new Promise<TwilioAnswer>((resolve) =>
      deadline.signal.addEventListener("abort", () => resolve({ kind: "timeout" })),
    );
    const timer = setTimeout(() => deadline.abort(), timeoutMs);
    try {
      const answer = this.#callWithoutRefusedLanguage(kind, request, deadline.signal);
      return await Promise.race([answer, expired]);
    } finally {
      clearTimeout(timer);
      deadline.abort();
    }
  }

  /**
   * If Twilio refuses the language of a start, the start is repeated without it, as Twilio recommends.
   * Then the number's country decides. The refused request sent no text. If the service id was wrong
   * instead, the second request is refused too.
   */
  async #callWithoutRefusedLanguage(
    kind: CallKind,
    request: TwilioRequest,
    signal: AbortSignal,
  ): Promise<TwilioAnswer> {
    const answer = await this.#callWithRetry(kind, request, signal);
    const { Locale: locale, ...form } = request.form ?? {};
    if (locale === undefined || !mayRefuseLanguage(answer) || signal.aborted) return answer;
    const { code } = answer;
    this.#runtime.log("verification.locale_refused", {
      level: "warning",
      locale,
      provider_code: code,
    });
    return this.#callWithRetry(kind, { ...request, form }, signal);
  }

  async #callWithRetry(
    kind: CallKind,
    request: TwilioRequest,
    signal: AbortSignal,
  ): Promise<TwilioAnswer> {
    const first = await this.#callOnce(request, signal);
    const wasLost = isLost(first);
    const mayRetry = wasLost ? kind === "idempotent" : wasNotProcessed(first);
    if (!mayRetry || signal.aborted) return first;
    await new Promise((resolve) => setTimeout(resolve, backoffMs));
    if (signal.aborted) return { kind: "timeout" };
    const second = await this.#callOnce(request, signal);
    return second.kind === "refused" ? { ...second, missedAnswer: wasLost } : second;
  }

  async #callOnce(request: TwilioRequest, signal: AbortSignal): Promise<TwilioAnswer> {
    let response: Response;
    let bytes: Uint8Array | "too_large";
    try {
      response = await this.#runtime.fetch(
        `${twilioOrigin(this.#config, request.product)}${request.path}`,
        {
          method: request.method,
          headers: {
            Authorization: encodeBasic(this.#config.username, this.#config.password),
            Accept: "application/json",
            ...(request.form && { "Content-Type": "application/x-www-form-urlencoded" }),
          },
          ...(request.form && { body: new URLSearchParams(request.form).toString() }),
          // A redirect would send the credentials to another host.
          redirect: "manual",
          signal,
        },
      );
      bytes = await readCapped(response.body, maxBodyBytes);
    } catch {
      return { kind: "network" };
    }
    const answer = readAnswer(response.status, bytes);
    const requestId = response.headers.get("Twilio-Request-Id");
    // Twilio's support finds the request by this id, so all later log lines have it.
    if (requestId !== null) this.#runtime.trace.about({ provider_request_id: redact(requestId) });
    return answer;
  }

  #report(request: TwilioRequest, answer: TwilioAnswer): void {
    const refusedCredentials = answer.kind === "refused" && answer.meaning === "bad_credentials";
    if (!isLost(answer)) this.#health.credentialsRefused = refusedCredentials;
    if (answer.kind === "answer") return;
    const isOperators = answer.kind === "refused" && isOperatorsMistake(request, answer.meaning);
    this.#runtime.log("provider.error", {
      level: isOperators ? "alert" : "warning",
      product: request.product,
      error: answer.kind,
      ...(answer.kind === "refused" && { meaning: answer.meaning, provider_code: answer.code }),
    });
  }
}

const operatorsMistakes = new Set<RefusalMeaning>([
  "bad_credentials",
  "sender",
  "language",
  "rejected",
]);

/** A 404 for a start means that the configured service does not exist, so the operator must act. */
function isOperatorsMistake(request: TwilioRequest, meaning: RefusalMeaning): boolean {
  const isMissingService = meaning === "not_found" && request.path.endsWith("/Verifications");
  return operatorsMistakes.has(meaning) || isMissingService;
}

function isLost(answer: TwilioAnswer): boolean {
  return answer.kind !== "answer" && answer.kind !== "refused" && answer.kind !== "not_asked";
}

/** A refusal shows that Twilio works, unless all requests are refused for the same reason. */
function isWorking(answer: TwilioAnswer): boolean {
  if (answer.kind !== "refused") return answer.kind === "answer";
  return answer.meaning !== "bad_credentials" && answer.meaning !== "too_many_requests";
}

/** Twilio answers 404 to an unsupported language, and also to a missing service. */
function mayRefuseLanguage(
  answer: TwilioAnswer,
): answer is Extract<TwilioAnswer, { kind: "refused" }> {
  if (answer.kind !== "refused" || answer.missedAnswer) return false;
  return answer.meaning === "not_found" || answer.meaning === "language";
}

function wasNotProcessed(answer: TwilioAnswer): boolean {
  return (
    answer.kind === "refused" &&
    (answer.meaning === "too_many_requests" || answer.meaning === "concurrent")
  );
}

function readAnswer(
  status: number,
  bytes: Uint8Array | "too_large",
): Exclude<TwilioAnswer, { kind: "not_asked" }> {
  if (status >= 500) return { kind: "server_error" };
  if (bytes === "too_large") return { kind: "bad_response" };
  let body: unknown;
  try {
    body = decodeJson(bytes);
  } catch {
    return { kind: "bad_response" };
  }
  if (status >= 200 && status < 300) return { kind: "answer", body };
  if (status < 400) return { kind: "bad_response" };
  const { code, message } = readErrorBody(body);
  // Without Twilio's error code the refusal may come from a proxy, after Twilio processed the request.
  if (code === undefined) return { kind: "bad_response" };
  return { kind: "refused", meaning: meaningOf(code, message), code, missedAnswer: false };
}

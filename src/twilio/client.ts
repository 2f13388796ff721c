import type { TwilioConfig } from "../config/twilio.ts";
import { encodeBasic } from "../lib/basic-auth.ts";
import { decodeJson } from "../lib/json.ts";
import { redact } from "../lib/log.ts";
import { readCapped } from "../lib/read-capped.ts";
import type { Runtime } from "../runtime.ts";
import { CircuitBreaker } from "./breaker.ts";
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
  /** No answer, or a broken one: Twilio may or may not have done the work. */
  | { readonly kind: "timeout" | "network" | "server_error" | "bad_response" }
  /** Twilio has failed so often of late, or so little time is left, that it was not asked. */
  | { readonly kind: "not_asked" }
  /** Twilio said no. `missedAnswer`: an earlier try of the same call may have been processed. */
  | {
      readonly kind: "refused";
      readonly meaning: RefusalMeaning;
      readonly code: number;
      readonly missedAnswer: boolean;
    };

/** A 2xx with a JSON body that nobody has looked into yet, or why there is none. */
export type TwilioAnswer = { readonly kind: "answer"; readonly body: unknown } | TwilioFailure;

/** What this isolate has seen of Twilio of late. */
export class ProviderHealth {
  /** Told by `/healthz`. */
  credentialsRefused = false;
  readonly breakers: Readonly<Record<Product, CircuitBreaker>> = {
    verify: new CircuitBreaker(),
    api: new CircuitBreaker(),
    lookups: new CircuitBreaker(),
  };
}

/** Where a product of Twilio's is: the twin, or a host that region and edge are part of. */
export function twilioOrigin(
  { baseUrl, region, edge }: Pick<TwilioConfig, "baseUrl" | "region" | "edge">,
  product: string,
): string {
  if (baseUrl !== undefined) return baseUrl;
  // An edge alone implies the region us1.
  const place = [edge, region ?? (edge === undefined ? undefined : "us1")];
  return `https://${[product, ...place, "twilio.com"].filter(Boolean).join(".")}`;
}

/** A send that was lost may have been sent: never again. The rest may be asked once more. */
type Repeatable = "never_blindly" | "once";
const timeouts = { never_blindly: 10_000, once: 5_000 } as const;

const maxBodyBytes = 64 * 1024;
const backoffMs = 400;

export class TwilioClient {
  readonly #config: TwilioConfig;
  readonly #runtime: Runtime;
  readonly #health: ProviderHealth;

  constructor(config: TwilioConfig, runtime: Runtime, health: ProviderHealth) {
    this.#config = config;
    this.#runtime = runtime;
    this.#health = health;
  }

  /** For what spends money: 10 s, tried again only when Twilio said that it did nothing. */
  send(request: TwilioRequest, deadline?: Deadline): Promise<TwilioAnswer> {
    return this.#within("never_blindly", request, deadline);
  }

  /** For what nobody waits for: its failure says nothing of what people do wait for. */
  tell(request: TwilioRequest): Promise<TwilioAnswer> {
    return this.#inTime("never_blindly", request, timeouts.never_blindly);
  }

  /** For what may be asked twice: 5 s in all, tried again once when the answer was lost. */
  ask(request: TwilioRequest, deadline?: Deadline): Promise<TwilioAnswer> {
    return this.#within("once", request, deadline);
  }

  async #within(
    repeatable: Repeatable,
    request: TwilioRequest,
    deadline: Deadline | undefined,
  ): Promise<TwilioAnswer> {
    const longestMs = timeouts[repeatable];
    const timeoutMs = deadline === undefined ? longestMs : deadline.timeoutOf(longestMs);
    if (timeoutMs === undefined) return { kind: "not_asked" };
    const breaker = this.#health.breakers[request.product];
    if (!breaker.allows(this.#runtime.now())) return { kind: "not_asked" };
    const ask = () => this.#inTime(repeatable, request, timeoutMs);
    const answer = await this.#runtime.trace.hop(`twilio.${request.product}`, ask);
    breaker.report(isWorking(answer), this.#runtime.now());
    this.#report(request, answer);
    return answer;
  }

  /** One deadline over all tries, bodies included, also for a `fetch` that ignores its signal. */
  async #inTime(
    repeatable: Repeatable,
    request: TwilioRequest,
    timeoutMs: number,
  ): Promise<TwilioAnswer> {
    const deadline = new AbortController();
    const expired = new Promise<TwilioAnswer>((resolve) =>
      deadline.signal.addEventListener("abort", () => resolve({ kind: "timeout" })),
    );
    const timer = setTimeout(() => deadline.abort(), timeoutMs);
    try {
      return await Promise.race([this.#tries(repeatable, request, deadline.signal), expired]);
    } finally {
      clearTimeout(timer);
      deadline.abort();
    }
  }

  /**
   * A start whose language Twilio refuses is repeated without it, as Twilio recommends: then the
   * number's country decides. Nothing was sent, and a wrong service is refused again.
   */
  async #tries(
    repeatable: Repeatable,
    request: TwilioRequest,
    signal: AbortSignal,
  ): Promise<TwilioAnswer> {
    const answer = await this.#tryTwice(repeatable, request, signal);
    const { Locale: locale, ...form } = request.form ?? {};
    if (locale === undefined || !mayRefuseLanguage(answer) || signal.aborted) return answer;
    const { code } = answer;
    this.#runtime.log("verification.locale_refused", {
      level: "warning",
      locale,
      provider_code: code,
    });
    return this.#tryTwice(repeatable, { ...request, form }, signal);
  }

  async #tryTwice(
    repeatable: Repeatable,
    request: TwilioRequest,
    signal: AbortSignal,
  ): Promise<TwilioAnswer> {
    const first = await this.#tryOnce(request, signal);
    const wasLost = isLost(first);
    const again = wasLost ? repeatable === "once" : wasNotProcessed(first);
    if (!again || signal.aborted) return first;
    await new Promise((resolve) => setTimeout(resolve, backoffMs));
    if (signal.aborted) return { kind: "timeout" };
    const second = await this.#tryOnce(request, signal);
    return second.kind === "refused" ? { ...second, missedAnswer: wasLost } : second;
  }

  async #tryOnce(request: TwilioRequest, signal: AbortSignal): Promise<TwilioAnswer> {
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
          // A redirect would carry the credentials to whoever it names.
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
    // From here on in every line: by this name Twilio's support finds the request.
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

/** What nobody but the operator can mend: a start that finds nothing has a wrong service, too. */
function isOperatorsMistake(request: TwilioRequest, meaning: RefusalMeaning): boolean {
  const isMissingService = meaning === "not_found" && request.path.endsWith("/Verifications");
  return operatorsMistakes.has(meaning) || isMissingService;
}

function isLost(answer: TwilioAnswer): boolean {
  return answer.kind !== "answer" && answer.kind !== "refused" && answer.kind !== "not_asked";
}

/** A refusal is a working Twilio, unless it refuses everybody. */
function isWorking(answer: TwilioAnswer): boolean {
  if (answer.kind !== "refused") return answer.kind === "answer";
  return answer.meaning !== "bad_credentials" && answer.meaning !== "too_many_requests";
}

/** 404 is Twilio's documented answer to an unsupported language, and to a service that is not there. */
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
  // Without a code of Twilio's it may be anybody who says no, and not before the work was done.
  if (code === undefined) return { kind: "bad_response" };
  return { kind: "refused", meaning: meaningOf(code, message), code, missedAnswer: false };
}

import type { Call } from "./calls.ts";
import type { KnownNumbers } from "./known-numbers.ts";
import type { Phonegate, StartOptions } from "./phonegate.ts";
import { randomKey } from "./random-key.ts";
import type { SessionKeeper } from "./session-keeper.ts";
import type {
  ApprovedProof,
  ApprovedStepUp,
  ApprovedVerification,
  StartedVerification,
  VerificationView,
} from "./wire.ts";

type VerificationCalls = Pick<
  Phonegate,
  "start" | "check" | "resend" | "read" | "cancel" | "startStepUp" | "checkStepUp" | "checkProof"
>;

/** The part of a `Phonegate` that proves numbers: `/v1/verifications`. */
export function verificationCalls(
  call: Call,
  authorized: Call,
  keeper: SessionKeeper,
  numbers: KnownNumbers,
  usesCookie: boolean,
): VerificationCalls {
  /** The numbers of verifications that are under way, for their device tokens. */
  const startedTo = new Map<string, string>();
  const pathOf = (id: string, rest = "") => `/v1/verifications/${encodeURIComponent(id)}${rest}`;
  const checkRequest = (
    id: string,
    code: string,
    signal: AbortSignal | undefined,
    cookie = false,
  ) =>
    ({
      method: "POST",
      path: pathOf(id, "/check"),
      body: { code, ...(cookie && { transport: "cookie" }) },
      withCookie: cookie,
      signal,
    }) as const;
  const startWith = async (
    body: object,
    { signal, idempotencyKey = randomKey() }: StartOptions,
    send: Call,
  ): Promise<StartedVerification> =>
    send<StartedVerification>({
      method: "POST",
      path: "/v1/verifications",
      body,
      headers: { "Idempotency-Key": idempotencyKey },
      signal,
    });

  return {
    async start(input, more = {}) {
      const device_token = await numbers.tokenFor(input.to);
      const body = {
        ...input,
        ...(device_token !== undefined && { device_tokens: [device_token] }),
      };
      const started = await startWith(body, more, call);
      startedTo.set(started.id, started.to);
      return started;
    },

    async check(id, code, { signal } = {}) {
      const tokens = await call<ApprovedVerification>(checkRequest(id, code, signal, usesCookie));
      const to = startedTo.get(id);
      startedTo.delete(id);
      if (to !== undefined) await numbers.keep(to, tokens.device_token);
      return keeper.open(tokens);
    },

    resend: (id, input = {}, { signal } = {}) =>
      call<StartedVerification>({
        method: "POST",
        path: pathOf(id, "/resend"),
        body: input,
        signal,
      }),

    read: (id, { signal } = {}) =>
      call<VerificationView>({ method: "GET", path: pathOf(id), signal }),

    cancel: (id, { signal } = {}) =>
      call<undefined>({ method: "DELETE", path: pathOf(id), signal }),

    startStepUp: (input = {}, more = {}) =>
      startWith({ ...input, purpose: "step_up" }, more, authorized),

    async checkStepUp(id, code, { signal } = {}) {
      return keeper.raise(await authorized<ApprovedStepUp>(checkRequest(id, code, signal)));
    },

    checkProof: (id, code, { signal } = {}) => call<ApprovedProof>(checkRequest(id, code, signal)),
  };
}

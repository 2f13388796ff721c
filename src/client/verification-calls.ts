import type { Call } from "./calls.ts";
import type { DeviceTokens } from "./device-tokens.ts";
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

/** The part of a `Phonegate` that calls `/v1/verifications`. */
export function verificationCalls(
  call: Call,
  authorized: Call,
  keeper: SessionKeeper,
  devices: DeviceTokens,
  usesCookie: boolean,
): VerificationCalls {
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
      body: { ...body, ...(await devices.fields()) },
      headers: { "Idempotency-Key": idempotencyKey },
      signal,
    });

  return {
    start: (input, more = {}) => startWith(input, more, call),

    async check(id, code, { signal } = {}) {
      const tokens = await call<ApprovedVerification>(checkRequest(id, code, signal, usesCookie));
      await devices.keep(tokens.device_token);
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
      const tokens = await authorized<ApprovedStepUp>(checkRequest(id, code, signal));
      await devices.keep(tokens.device_token);
      return keeper.raise(tokens);
    },

    checkProof: (id, code, { signal } = {}) => call<ApprovedProof>(checkRequest(id, code, signal)),
  };
}

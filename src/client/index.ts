import { authorizedCalls, callsOver } from "./calls.ts";
import { DeviceTokens } from "./device-tokens.ts";
import { PhonegateError } from "./phonegate-error.ts";
import { readOptions, type PhonegateOptions } from "./phonegate-options.ts";
import type { Phonegate } from "./phonegate.ts";
import { sessionCalls } from "./session-calls.ts";
import { SessionKeeper } from "./session-keeper.ts";
import { SteadyStore } from "./steady-store.ts";
import { StorageFailure } from "./storage-failure.ts";
import { verificationCalls } from "./verification-calls.ts";
import type { FrontendConfig, SessionTokens } from "./wire.ts";

export { PhonegateError } from "./phonegate-error.ts";
export type { ClientErrorCode, PhonegateErrorCode } from "./phonegate-error.ts";
export { memoryStore } from "./token-store.ts";
export type { TokenStore } from "./token-store.ts";
export type { Fetch, FetchInit } from "./request.ts";
export type { Locks, Session, SessionChange, SessionListener } from "./session-keeper.ts";
export type { CallOptions, Phonegate, StartInput, StartOptions } from "./phonegate.ts";
export type { ErrorListener } from "./storage-failure.ts";
export type { PhonegateOptions } from "./phonegate-options.ts";
export type * from "./wire.ts";

/**
 * Returns a client of one Phonegate Worker. It sends requests, keeps the session and refreshes it.
 * Throws a `TypeError` that names the option that is wrong or unknown.
 *
 *     const phonegate = createPhonegate({ baseUrl: "https://id.example.com", store: "local" });
 *     const { id } = await phonegate.start({ to: "+4915123456789" });
 *     const session = await phonegate.check(id, "123456");
 */
export function createPhonegate(options: PhonegateOptions): Phonegate {
  const { transport, usesCookie, stores, now, locks } = readOptions(options);
  const { baseUrl } = transport;
  const failure = new StorageFailure();
  const store = new SteadyStore(stores.session, failure.report);
  const devices = new DeviceTokens(
    stores.devices === stores.session ? store : stores.devices && new SteadyStore(stores.devices),
    `phonegate:${baseUrl}:devices`,
  );
  const call = callsOver(transport);
  const keeper = new SessionKeeper({
    store,
    key: `phonegate:${baseUrl}:session`,
    locks,
    onLocksFailure: failure.report,
    now,
    async fetchNext(refreshToken) {
      if (refreshToken === undefined && !usesCookie) throw new PhonegateError("no_session", 0);
      return call<SessionTokens>({
        method: "POST",
        path: "/v1/sessions/refresh",
        withCookie: refreshToken === undefined,
        ...(refreshToken !== undefined && { body: { refresh_token: refreshToken } }),
      });
    },
  });
  const { authorized, accessToken } = authorizedCalls(call, keeper, usesCookie);

  return {
    config: ({ signal } = {}) =>
      call<FrontendConfig>({ method: "GET", path: "/v1/config", signal }),
    ...verificationCalls(call, authorized, keeper, devices, usesCookie),
    session: () => keeper.load(),
    accessToken,
    refresh: () => keeper.refresh(),
    onSession: (listener) => keeper.listen(listener),
    onError: (listener) => failure.listen(listener),
    forgetDevice: () => devices.forget(),
    ...sessionCalls(authorized, keeper, devices, usesCookie),
  };
}

import { PhonegateError } from "./phonegate-error.ts";
import { request, type ApiRequest, type Transport } from "./request.ts";
import type { SessionKeeper } from "./session-keeper.ts";

/** Sends one request and returns its answer. */
export type Call = <Answer>(asked: ApiRequest) => Promise<Answer>;

// The answer is not validated here: tests compare the Worker's answers with its contract.
export const callsOver =
  (transport: Transport): Call =>
  <Answer>(asked: ApiRequest) =>
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- validating would take valibot along
    request(transport, asked) as Promise<Answer>;

/** Returns a call that sends the session's access token, and a function that returns this token. */
export function authorizedCalls(
  call: Call,
  keeper: SessionKeeper,
  usesCookie: boolean,
): { readonly authorized: Call; readonly accessToken: () => Promise<string> } {
  const accessToken = async (): Promise<string> => {
    const held = await keeper.load();
    if (held === undefined && !usesCookie) throw new PhonegateError("no_session", 0);
    return (held !== undefined && keeper.isFresh(held) ? held : await keeper.refresh()).accessToken;
  };
  const authorized = async <Answer>(asked: ApiRequest): Promise<Answer> => {
    const send = async (token: string) =>
      call<Answer>({ ...asked, headers: { ...asked.headers, Authorization: `Bearer ${token}` } });
    try {
      return await send(await accessToken());
    } catch (error) {
      if (!hasCode(error, "invalid_token")) throw error;
      // The Worker refused the token. A refresh either brings a fresh one or shows that the session
      // has ended.
      return send((await keeper.refresh()).accessToken);
    }
  };
  return { authorized, accessToken };
}

export const hasCode = (error: unknown, ...codes: readonly string[]): boolean =>
  error instanceof PhonegateError && codes.includes(error.code);

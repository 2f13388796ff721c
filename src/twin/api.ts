import type { Context, Handler } from "hono";
import { twilioError, type Answer } from "./answer.ts";
import { authenticatedAs } from "./basic-auth.ts";
import type { Desk } from "./desk.ts";
import { serveUnderFaults, type Product } from "./faults.ts";
import { readForm } from "./form.ts";
import { newSid } from "./ids.ts";
import type { TwinState } from "./state.ts";
import { toResponse, type Sleep } from "./travel.ts";

/** One API call: what was asked, and the state it may change. */
export interface Call {
  state: TwinState;
  nowMs: number;
  path: string;
  /** Whose credentials: the account's sid, or an API key's. */
  username: string;
  param: (name: string) => string;
  query: (name: string) => string | undefined;
  form: URLSearchParams;
  /** Begins once the state is saved, and goes on after the answer. */
  after: (work: Work) => void;
  /** Says a line to the developer, on the terminal. */
  tell: Tell;
}

export type Tell = (line: string) => void;

export type Work = () => Promise<void>;

/** Serves one operation of a product. Nothing in it waits: a call is judged in one go. */
export type Operation = (call: Call) => Answer;
export type Serve = (product: Product, operation: Operation) => Handler;

/** What every product shares: credentials, form bodies, faults, the request id and the way back. */
export function createServe(
  desk: Desk,
  sleep: Sleep,
  begin: (work: Work) => void,
  tell: Tell,
): Serve {
  return (product, operation) => async (c) => {
    const works: Work[] = [];
    const answer = await judge(desk, product, operation, c, {
      after: (work) => works.push(work),
      tell,
    });
    works.forEach(begin);
    if (answer.delayMs !== undefined) await sleep(answer.delayMs, c.req.raw.signal);
    const headers = new Headers({ "Twilio-Request-Id": newSid("RQ") });
    if (answer.status === 401) headers.set("WWW-Authenticate", 'Basic realm="Twilio API"');
    return toResponse(answer, headers);
  };
}

async function judge(
  desk: Desk,
  product: Product,
  operation: Operation,
  c: Context,
  aside: Pick<Call, "after" | "tell">,
): Promise<Answer> {
  const username = authenticatedAs(c.req.header("Authorization"));
  if (username === undefined) return twilioError(20003);
  const form = await readForm(c.req.raw);
  return desk.run((state, nowMs) => {
    const param = (name: string) => c.req.param(name) ?? "";
    const query = (name: string) => c.req.query(name);
    return serveUnderFaults(state.faults, product, () =>
      form instanceof URLSearchParams
        ? operation({ state, nowMs, path: c.req.path, username, param, query, form, ...aside })
        : form,
    );
  });
}

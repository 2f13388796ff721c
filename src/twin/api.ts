import type { Context, Handler } from "hono";
import { twilioError, type Answer } from "./answer.ts";
import { authenticatedAs } from "./basic-auth.ts";
import type { Desk } from "./desk.ts";
import { serveUnderFaults, type Product } from "./faults.ts";
import { readForm } from "./form.ts";
import { newSid } from "./ids.ts";
import type { TwinState } from "./state.ts";
import { toResponse, type Sleep } from "./travel.ts";

/** One API call: its request, and the state that it may change. */
export interface Call {
  state: TwinState;
  nowMs: number;
  path: string;
  /** The user name of the credentials: the sid of the account or of an API key. */
  username: string;
  param: (name: string) => string;
  query: (name: string) => string | undefined;
  form: URLSearchParams;
  /** Starts work after the state is saved. The work continues after the answer. */
  after: (work: Work) => void;
  /** Prints a line for the developer on the terminal. */
  print: Print;
}

export type Print = (line: string) => void;

export type Work = () => Promise<void>;

/**
 * Serves one operation of a product. It is synchronous, so each call sees and leaves a consistent
 * state.
 */
export type Operation = (call: Call) => Answer;
export type Serve = (product: Product, operation: Operation) => Handler;

/**
 * Returns a function that serves an operation of any product. It checks the credentials, reads the
 * form body, applies faults, sets the request id and sends the answer.
 */
export function createServe(
  desk: Desk,
  sleep: Sleep,
  startWork: (work: Work) => void,
  print: Print,
): Serve {
  return (product, operation) => async (c) => {
    const works: Work[] = [];
    const answer = await answerCall(desk, product, operation, c, {
      after: (work) => works.push(work),
      print,
    });
    works.forEach(startWork);
    if (answer.delayMs !== undefined) await sleep(answer.delayMs, c.req.raw.signal);
    const headers = new Headers({ "Twilio-Request-Id": newSid("RQ") });
    if (answer.status === 401) headers.set("WWW-Authenticate", 'Basic realm="Twilio API"');
    return toResponse(answer, headers);
  };
}

async function answerCall(
  desk: Desk,
  product: Product,
  operation: Operation,
  c: Context,
  aside: Pick<Call, "after" | "print">,
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

import * as v from "valibot";
import { statusOfCode, twilioError, type Answer, type BrokenBody } from "./answer.ts";

export const PRODUCTS = ["verify", "messaging", "lookup", "account", "turnstile"] as const;
export type Product = (typeof PRODUCTS)[number];

const MAX_DELAY_MS = 120_000;

/** The body of `POST /twin/faults`. */
export const FaultSchema = v.strictObject({
  product: v.optional(v.picklist(PRODUCTS)),
  count: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1000)),
  status: v.optional(v.pipe(v.number(), v.integer(), v.minValue(200), v.maxValue(599))),
  code: v.optional(v.pipe(v.number(), v.integer(), v.minValue(10_000), v.maxValue(99_999))),
  delay_ms: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_DELAY_MS))),
  body: v.optional(v.picklist(["truncated", "html", "reset"] satisfies BrokenBody[])),
  processed: v.optional(v.boolean()),
});

/** A fault in the queue. `count` is the number of calls that it still affects. */
export type Fault = v.InferOutput<typeof FaultSchema>;

/**
 * Takes one call from the first fault that applies to the product. A fault without a product
 * applies to the next call to Twilio, but not to Turnstile.
 */
export function takeFault(faults: Fault[], product: Product): Fault | undefined {
  const isTwilio = product !== "turnstile";
  const at = faults.findIndex((fault) =>
    fault.product === undefined ? isTwilio : fault.product === product,
  );
  const fault = faults[at];
  if (!fault) return undefined;
  fault.count -= 1;
  if (fault.count === 0) faults.splice(at, 1);
  return fault;
}

/** Whether the call is carried out. A fault that is only a delay does not prevent it. */
export function isServed(fault: Fault): boolean {
  return fault.processed ?? isOnlyDelay(fault);
}

function isOnlyDelay(fault: Fault): boolean {
  const { delay_ms, status, code, body } = fault;
  return [status, code, body].every((field) => field === undefined) && delay_ms !== undefined;
}

/** Serves one call and applies the next fault, if there is one. */
export function serveUnderFaults(faults: Fault[], product: Product, serve: () => Answer): Answer {
  const fault = takeFault(faults, product);
  if (!fault) return serve();
  return answerOfFault(fault, isServed(fault) ? serve() : undefined);
}

/**
 * Returns the answer to a call with a fault. `real` is the true answer if the work was done. It
 * then arrives broken (a `body` fault), late (only a delay), or is replaced by an error.
 */
export function answerOfFault(fault: Fault, real: Answer | undefined): Answer {
  const travel = {
    ...(fault.delay_ms === undefined ? {} : { delayMs: fault.delay_ms }),
    ...(fault.body === undefined ? {} : { broken: fault.body }),
  };
  if (fault.status === undefined && fault.code === undefined) {
    if (real && (fault.body ?? fault.delay_ms) !== undefined) return { ...real, ...travel };
    if (fault.body) return { status: 200, body: { sid: "", status: "pending" }, ...travel };
    return { ...twilioError(20500), ...travel };
  }
  const status = fault.status ?? statusOfCode(fault.code ?? 0);
  if (status < 400 && fault.code === undefined) return { status, body: {}, ...travel };
  return { ...twilioError(fault.code ?? codeOfStatus(status), undefined, status), ...travel };
}

/** Returns Twilio's general error code for an HTTP status, such as 20404, 20429 or 20500. */
function codeOfStatus(status: number): number {
  return status === 401 ? 20003 : 20_000 + status;
}

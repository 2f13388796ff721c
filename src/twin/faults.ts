import * as v from "valibot";
import { statusOfCode, twilioError, type Answer, type BrokenBody } from "./answer.ts";

export const PRODUCTS = ["verify", "messaging", "lookup", "account", "turnstile"] as const;
export type Product = (typeof PRODUCTS)[number];

const MAX_DELAY_MS = 120_000;

/** Body of `POST /twin/faults`. */
export const FaultSchema = v.strictObject({
  product: v.optional(v.picklist(PRODUCTS)),
  count: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1000)),
  status: v.optional(v.pipe(v.number(), v.integer(), v.minValue(200), v.maxValue(599))),
  code: v.optional(v.pipe(v.number(), v.integer(), v.minValue(10_000), v.maxValue(99_999))),
  delay_ms: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_DELAY_MS))),
  body: v.optional(v.picklist(["truncated", "html", "reset"] satisfies BrokenBody[])),
  processed: v.optional(v.boolean()),
});

/** A fault in the queue; `count` is what is left of it. */
export type Fault = v.InferOutput<typeof FaultSchema>;

/**
 * Takes the first fault that applies to the product, one call of it. One that names no product is for
 * the next call to Twilio, so Turnstile lets it pass.
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

/** A delay alone makes the call late, and nothing else: it is served. */
export function isServed(fault: Fault): boolean {
  return fault.processed ?? isDelayAlone(fault);
}

function isDelayAlone(fault: Fault): boolean {
  const { delay_ms, status, code, body } = fault;
  return [status, code, body].every((field) => field === undefined) && delay_ms !== undefined;
}

/** Serves one call, or what a fault makes of it. */
export function serveUnderFaults(faults: Fault[], product: Product, serve: () => Answer): Answer {
  const fault = takeFault(faults, product);
  if (!fault) return serve();
  return answerOfFault(fault, isServed(fault) ? serve() : undefined);
}

/**
 * What the caller gets of a call that met a fault. `real` is the true answer where the work was
 * done: it arrives broken (a `body` fault), late (a delay alone), or is lost behind an error.
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

/** Twilio's general errors are numbered after the HTTP status: 20404, 20429, 20500. */
function codeOfStatus(status: number): number {
  return status === 401 ? 20003 : 20_000 + status;
}

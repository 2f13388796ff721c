import * as v from "valibot";
import type { DeliveryStatus } from "../contract/words.ts";
import type { StoreUnavailable } from "../lib/store.ts";
import type { VerificationDeps } from "./deps.ts";
import { verificationLogFields, openCallback } from "../handles/verification-id.ts";

/** Twilio's statuses, reduced to those that a frontend needs. */
const statuses = new Map<string, DeliveryStatus>([
  ["accepted", "queued"],
  ["scheduled", "queued"],
  ["queued", "queued"],
  ["sending", "queued"],
  ["sent", "sent"],
  ["delivered", "delivered"],
  ["read", "delivered"],
  ["undelivered", "undelivered"],
  ["failed", "failed"],
  ["canceled", "failed"],
]);

const messageSid = /^(SM|MM)[0-9a-f]{32}$/;
const errorCode = v.pipe(v.string(), v.regex(/^[1-9]\d{0,5}$/), v.toNumber());

/** Stores a delivery report of Twilio with its verification. `ref` is a text from `sealCallback`. */
export async function recordMessageStatus(
  deps: Pick<VerificationDeps, "config" | "runtime" | "ledgerAt">,
  ref: string,
  form: URLSearchParams,
): Promise<{ kind: "recorded" | "ignored" | "unknown_reference" } | StoreUnavailable> {
  const opened = await openCallback(ref, deps.config.peppers);
  if (opened === undefined) return { kind: "unknown_reference" };
  const status = statuses.get(form.get("MessageStatus") ?? "");
  if (status === undefined) return { kind: "ignored" };
  const code = v.safeParse(errorCode, form.get("ErrorCode"));
  const { handle, send, requestId, maskedTo } = opened;
  const { trace, log } = deps.runtime;
  const sid = messageSid.exec(form.get("MessageSid") ?? "")?.[0];
  trace.about({ ...(await verificationLogFields(handle)), to: maskedTo, sid });
  const outcome = await deps.ledgerAt(handle.ledger).call("recordDelivery", {
    id: handle.nonce,
    send,
    status,
    ...(code.success && { errorCode: code.output }),
  });
  if (typeof outcome !== "boolean") return outcome;
  const about = { send_request_id: requestId };
  if (outcome && status === "delivered") log("verification.delivered", about);
  if (outcome && (status === "undelivered" || status === "failed")) {
    const fields = { level: "warning", status, ...(code.success && { error_code: code.output }) };
    log("verification.delivery_failed", { ...fields, ...about });
  }
  return { kind: outcome ? "recorded" : "ignored" };
}

import { invalidParameter, notFound, twilioError, type Answer } from "../answer.ts";
import type { Call } from "../api.ts";
import { applyEffect, effectOf, withEffect } from "../failure-numbers.ts";
import type { Effect } from "../failure-table.ts";
import { newCode } from "../ids.ts";
import { deliver, inboxChannels, type InboxChannel } from "../inbox.ts";
import { twinLocales } from "./locale.ts";
import { messageOf } from "./message.ts";
import type { Service } from "./service.ts";
import { serviceOf } from "./services.ts";
import {
  check,
  findShown,
  isPending,
  renderCheck,
  renderVerification,
  send,
  type Start,
  type Verification,
} from "./verification.ts";

/** E.164 with at least seven digits, the length of the shortest numbers in use. */
const E164 = /^\+[1-9]\d{6,14}$/;
const CODE = /^[A-Za-z0-9]{4,10}$/;
const FIXED_CODE = "1234567890";

function isChannel(value: string | null): value is InboxChannel {
  return inboxChannels.some((channel) => channel === value);
}

export function startVerification(call: Call): Answer {
  const service = serviceOf(call);
  if (!service) return notFound(call.path);
  const start = readStart(call, service);
  if ("status" in start) return start;
  if (start.payee !== null && start.channel === "call") return twilioError(60214);
  const effect = applyEffect(call, start.to, "start");
  const refusal = refusalOf(effect, start);
  if (refusal) return refusal;
  if (effect?.kind === "fixed_code") start.code = FIXED_CODE.slice(0, start.code.length);
  const verification = send(call.state.verifications, start, call.nowMs);
  if (!verification) return twilioError(60203);
  if (effect?.kind !== "silent") {
    const friendlyName = call.form.get("CustomFriendlyName");
    deliver(call.state, messageOf(verification, service, friendlyName, call.nowMs));
  }
  const body = renderVerification(verification, lookupOf(service, effect));
  return withEffect({ status: 201, body }, effect);
}

function readStart({ form, path }: Call, service: Service): Start | Answer {
  const { code_length: codeLength, custom_code_enabled } = service.settings;
  const to = form.get("To") ?? "";
  const channel = form.get("Channel");
  const locale = form.get("Locale");
  const customCode = form.get("CustomCode");
  if (!E164.test(to)) return invalidParameter("To", to);
  if (!isChannel(channel)) return invalidParameter("Channel");
  if (locale && !twinLocales.has(locale)) return notFound(path);
  if (customCode !== null) {
    if (custom_code_enabled !== true) return twilioError(60204);
    if (!CODE.test(customCode)) return invalidParameter("CustomCode");
  }
  const confirmed = readConfirmed(form, service);
  if (confirmed === undefined) return twilioError(60206);
  return {
    service,
    to,
    channel,
    locale: locale || null,
    ...confirmed,
    code: customCode ?? newCode(Number(codeLength)),
  };
}

/**
 * Reads the amount and the payee, which a PSD2 service requires at a start and at a check (error
 * 60206). Other services ignore them.
 */
function readConfirmed(
  form: URLSearchParams,
  service: Service,
): Pick<Start, "amount" | "payee"> | undefined {
  if (service.settings.psd2_enabled !== true) return { amount: null, payee: null };
  const amount = form.get("Amount");
  const payee = form.get("Payee");
  return amount && payee ? { amount, payee } : undefined;
}

function refusalOf(effect: Effect | undefined, start: Start): Answer | undefined {
  if (effect?.kind !== "refused") return undefined;
  if (effect.channel !== undefined && effect.channel !== start.channel) return undefined;
  if (effect.code === 60200) return invalidParameter("To", start.to);
  return twilioError(effect.code);
}

function lookupOf(service: Service, effect: Effect | undefined): object {
  if (service.settings.lookup_enabled !== true) return {};
  const isLandline = effect?.kind === "refused" && effect.code === 60205;
  return {
    carrier: {
      mobile_country_code: isLandline ? null : "001",
      type: isLandline ? "landline" : "mobile",
      error_code: null,
      mobile_network_code: isLandline ? null : "01",
      name: "Twin Mobile",
    },
  };
}

export function fetchVerification(call: Call): Answer {
  const service = serviceOf(call);
  const verification = shownIn(call);
  if (!service || !verification) return notFound(call.path);
  const lookup = lookupOf(service, effectOf(verification.to, "start"));
  return { status: 200, body: renderVerification(verification, lookup) };
}

function shownIn(call: Call): Verification | undefined {
  const { state, nowMs, param } = call;
  return findShown(state.verifications, param("service"), param("verification"), nowMs);
}

export function updateVerification(call: Call): Answer {
  const service = serviceOf(call);
  const verification = shownIn(call);
  if (!service || !verification || !isPending(verification, call.nowMs)) return notFound(call.path);
  const status = call.form.get("Status");
  if (status !== "canceled" && status !== "approved") return invalidParameter("Status");
  verification.status = status;
  verification.updatedMs = call.nowMs;
  const lookup = lookupOf(service, effectOf(verification.to, "start"));
  return { status: 200, body: renderVerification(verification, lookup) };
}

export function checkVerification(call: Call): Answer {
  const { state, nowMs, form } = call;
  const sid = form.get("VerificationSid");
  const to = form.get("To");
  const code = form.get("Code") ?? "";
  if (sid === null && to === null) return invalidParameter("To", "");
  if (sid === null && !E164.test(to ?? "")) return invalidParameter("To", to ?? "");
  if (!CODE.test(code)) return invalidParameter("Code");
  const verification = state.verifications.findLast(
    (known) =>
      known.serviceSid === call.param("service") &&
      (sid === null || known.sid === sid) &&
      (to === null || known.to === to) &&
      isPending(known, nowMs),
  );
  if (!verification) return notFound(call.path);
  const effect = applyEffect(call, verification.to, "check");
  if (effect?.kind === "refused") return twilioError(effect.code);
  if (effect?.kind === "lies") {
    const lie = { to: effect.about, status: "approved", valid: true };
    return { status: 200, body: { ...renderCheck(verification), ...lie } };
  }
  const service = serviceOf(call);
  const confirmed = service && readConfirmed(form, service);
  if (confirmed === undefined) return twilioError(60206);
  if (check(verification, { code, ...confirmed }, nowMs) === "exhausted") return twilioError(60202);
  return withEffect({ status: 200, body: renderCheck(verification) }, effect);
}

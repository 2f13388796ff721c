import * as v from "valibot";
import type { Failure, Reply, TwilioCaller } from "./caller.ts";

/**
 * The needed fields of the account. Twilio's answer also contains the auth token, which is not
 * read.
 */
const accountBody = v.object({
  type: v.fallback(v.string(), ""),
  status: v.fallback(v.string(), ""),
});
export type AccountState = v.InferOutput<typeof accountBody>;

const serviceBody = v.object({
  sid: v.pipe(v.string(), v.regex(/^VA[0-9a-f]{32}$/)),
  account_sid: v.string(),
  friendly_name: v.string(),
  code_length: v.number(),
  psd2_enabled: v.fallback(v.boolean(), false),
});
export type VerifyService = v.InferOutput<typeof serviceBody>;

const namedBody = v.object({ sid: v.string(), friendly_name: v.fallback(v.string(), "") });
const numberBody = v.object({
  phone_number: v.string(),
  capabilities: v.fallback(v.object({ sms: v.fallback(v.boolean(), false) }), { sms: false }),
});

export type Found<T> = { readonly kind: "found"; readonly value: T } | Failure;

function read<T>(reply: Reply, schema: v.GenericSchema<unknown, T>): Found<T> {
  if (reply.kind !== "ok") return reply;
  const { success, output } = v.safeParse(schema, reply.body);
  return success ? { kind: "found", value: output } : { kind: "bad_answer", status: 200 };
}

export type Credentials =
  /** `account` is undefined if an API key cannot read it. */
  | { readonly kind: "found"; readonly account: AccountState | undefined }
  /** The API key is valid, but it belongs to another account than `TWILIO_ACCOUNT_SID`. */
  | { readonly kind: "other_account" }
  | Failure;

/**
 * Checks whether Twilio accepts the credentials. A Standard API key may do everything except read
 * the account (twilio.com/docs/usage/api/keys). So such a key is checked with a call to the product
 * that it will be used for.
 */
export async function checkCredentials(
  twilio: TwilioCaller,
  product: "verify" | "messaging",
): Promise<Credentials> {
  const { accountSid, username } = twilio.access;
  const path = `/2010-04-01/Accounts/${accountSid}`;
  const account = read(await twilio.get("api", `${path}.json`), accountBody);
  if (account.kind === "found") return { kind: "found", account: account.value };
  if (account.kind !== "refused" || username === accountSid) return account;
  if (product === "messaging") {
    const messages = await twilio.get("api", `${path}/Messages.json?PageSize=1`);
    return messages.kind === "ok" ? { kind: "found", account: undefined } : messages;
  }
  const services = await listServices(twilio);
  if (services.kind !== "found") return services;
  const isOthers = services.value.some(({ account_sid }) => account_sid !== accountSid);
  return isOthers ? { kind: "other_account" } : { kind: "found", account: undefined };
}

/** Lists at most a hundred services. An operator with more can name a service by its sid. */
export async function listServices(twilio: TwilioCaller): Promise<Found<VerifyService[]>> {
  const reply = await twilio.get("verify", "/v2/Services?PageSize=100");
  const found = read(reply, v.object({ services: v.array(serviceBody) }));
  return found.kind === "found" ? { kind: "found", value: found.value.services } : found;
}

export async function fetchService(
  twilio: TwilioCaller,
  sid: string,
): Promise<Found<VerifyService>> {
  return read(await twilio.get("verify", `/v2/Services/${sid}`), serviceBody);
}

export async function createService(
  twilio: TwilioCaller,
  wanted: { friendlyName: string; codeLength: number; psd2: boolean },
): Promise<Found<VerifyService>> {
  const form = {
    FriendlyName: wanted.friendlyName,
    CodeLength: String(wanted.codeLength),
    DoNotShareWarningEnabled: "true",
    ...(wanted.psd2 && { Psd2Enabled: "true" }),
  };
  return read(await twilio.post("verify", "/v2/Services", form), serviceBody);
}

/** A sender of texts: a number or a Messaging Service. */
export interface SenderChoice {
  readonly id: string;
  readonly label: string;
}

export async function listSenders(twilio: TwilioCaller): Promise<Found<SenderChoice[]>> {
  const numbers = read(
    await twilio.get("api", `${numbersPath(twilio)}?PageSize=100`),
    v.object({ incoming_phone_numbers: v.array(numberBody) }),
  );
  if (numbers.kind !== "found") return numbers;
  const services = read(
    await twilio.get("messaging", "/v1/Services?PageSize=100"),
    v.object({ services: v.array(namedBody) }),
  );
  if (services.kind !== "found") return services;
  const able = numbers.value.incoming_phone_numbers.filter(({ capabilities }) => capabilities.sms);
  return {
    kind: "found",
    value: [
      ...able.map(({ phone_number }) => ({ id: phone_number, label: phone_number })),
      ...services.value.services.map(({ sid, friendly_name }) => ({
        id: sid,
        label: `${friendly_name} (${sid})`,
      })),
    ],
  };
}

/**
 * Finds a number of the account and whether it can send texts. The value is undefined if the
 * account does not have it.
 */
export async function findNumber(
  twilio: TwilioCaller,
  number: string,
): Promise<Found<{ canText: boolean } | undefined>> {
  const query = new URLSearchParams({ PhoneNumber: number });
  const found = read(
    await twilio.get("api", `${numbersPath(twilio)}?${query.toString()}`),
    v.object({ incoming_phone_numbers: v.array(numberBody) }),
  );
  if (found.kind !== "found") return found;
  const match = found.value.incoming_phone_numbers.find((each) => each.phone_number === number);
  return { kind: "found", value: match && { canText: match.capabilities.sms } };
}

export async function fetchMessagingService(
  twilio: TwilioCaller,
  sid: string,
): Promise<Found<unknown>> {
  return read(await twilio.get("messaging", `/v1/Services/${sid}`), namedBody);
}

const numbersPath = ({ access }: TwilioCaller): string =>
  `/2010-04-01/Accounts/${access.accountSid}/IncomingPhoneNumbers.json`;

import { encodeBase64Url } from "../lib/base64url.ts";
import { hmac } from "../lib/derived-key.ts";
import type { CallerRef } from "./state.ts";

/**
 * Returns the reference of a service caller: HMACs (128 bits) of its client id and, if the backend named
 * one, its subject. They are HMACs because a subject may name a person.
 */
export async function serviceCaller(
  clientId: string,
  subject: string | undefined,
  subjectKey: Uint8Array<ArrayBuffer>,
): Promise<CallerRef> {
  const client = await shortName(subjectKey, "ledger-client", clientId);
  if (subject === undefined) return `service:${client}`;
  const named = JSON.stringify([clientId, subject]);
  return `service:${client}:${await shortName(subjectKey, "ledger-client-subject", named)}`;
}

async function shortName(key: Uint8Array<ArrayBuffer>, label: string, text: string) {
  return encodeBase64Url((await hmac(key, label, text)).slice(0, 16));
}

/** Returns the client and the subject of a reference, or undefined for a caller class. */
export function serviceOf(caller: CallerRef): { client: string; subject: string } | undefined {
  const [, client, subject = ""] = caller.split(":");
  return client === undefined ? undefined : { client, subject };
}

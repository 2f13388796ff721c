import { SignJWT } from "jose";
import type { ApprovedVerification, Channel } from "../contract.ts";
import { encodeBase64Url } from "../lib/base64url.ts";
import type { SigningKeys } from "../lib/signing-key.ts";
import { subjectOf } from "./subject.ts";

export interface TokenIssuer {
  readonly issuer: string;
  readonly audience: string;
  readonly clientId: string;
  readonly accessTokenLifetimeSeconds: number;
  readonly signingKeys: SigningKeys;
  readonly subjectKey: Uint8Array<ArrayBuffer>;
}

/** Authentication methods (RFC 8176): a text and a call have names, WhatsApp has none. */
const methods = { sms: "sms", call: "tel", whatsapp: "otp" } as const satisfies Record<
  Channel,
  string
>;

/**
 * Opens a session for an approved number: an access token as RFC 9068 has it (`typ` `at+jwt`,
 * signed by the first key). One factor, so `acr` is `aal1`.
 */
export async function openSession(
  approved: { readonly to: string; readonly channel: Channel },
  by: TokenIssuer,
  nowMs: number,
): Promise<Omit<ApprovedVerification, "status">> {
  const [key] = by.signingKeys;
  const subject = await subjectOf(approved.to, by.subjectKey);
  const session_id = `ses_${randomName()}`;
  const issuedAt = Math.floor(nowMs / 1000);
  const access_token = await new SignJWT({
    client_id: by.clientId,
    sid: session_id,
    auth_time: issuedAt,
    amr: [methods[approved.channel]],
    acr: "aal1",
  })
    .setProtectedHeader({ alg: key.algorithm, typ: "at+jwt", kid: key.kid })
    .setIssuer(by.issuer)
    .setAudience(by.audience)
    .setSubject(subject)
    .setJti(randomName())
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + by.accessTokenLifetimeSeconds)
    .sign(key.privateKey);
  const expires_in = by.accessTokenLifetimeSeconds;
  return { access_token, token_type: "Bearer", expires_in, session_id, subject };
}

/** 128 random bits, base64url. */
function randomName(): string {
  return encodeBase64Url(crypto.getRandomValues(new Uint8Array(16)));
}

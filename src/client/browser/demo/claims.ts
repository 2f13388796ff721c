/** The explanations of an access token's claims, in the order of the page (RFC 9068 §2.2). */
const meanings: Readonly<Record<string, string>> = {
  sub: "The user. Stable for this number; the number cannot be computed from it.",
  acr: "The strength: aal1 is one factor, aal2 is two different factors.",
  amr: "The method: sms is a text, tel is a call, otp is WhatsApp.",
  auth_time: "When the code was checked. A step-up renews it.",
  exp: "Backends accept this token until this time.",
  iat: "When this token was issued.",
  sid: "The session. Signing out ends it.",
  iss: "The issuer of the token: this Worker.",
  aud: "The audience. A backend refuses a token for another audience.",
  client_id: "The app that the user signed in to.",
  jti: "The identifier of this token.",
};

const times = new Set(["auth_time", "exp", "iat"]);

export interface Claim {
  readonly name: string;
  readonly value: string;
  readonly meaning: string;
}

export function claimsOf(accessToken: string): Claim[] {
  const payload = payloadOf(accessToken);
  const known = Object.keys(meanings).filter((name) => Object.hasOwn(payload, name));
  const others = Object.keys(payload).filter((name) => !Object.hasOwn(meanings, name));
  return [...known, ...others].map((name) => ({
    name,
    value: claimText(name, payload[name]),
    meaning: meanings[name] ?? "",
  }));
}

/** Decodes a token to show it. The signature is not checked, so nothing may rely on the result. */
function payloadOf(token: string): Readonly<Record<string, unknown>> {
  const [, part = ""] = token.split(".");
  const bytes = Uint8Array.from(atob(part.replaceAll("-", "+").replaceAll("_", "/")), (character) =>
    character.charCodeAt(0),
  );
  const payload: unknown = JSON.parse(new TextDecoder().decode(bytes));
  return typeof payload === "object" && payload !== null ? { ...payload } : {};
}

function claimText(name: string, value: unknown): string {
  if (times.has(name) && typeof value === "number")
    return `${value} (${new Date(value * 1000).toLocaleTimeString()})`;
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The claims of an access token in the order in which they are explained (RFC 9068 §2.2). */
const meanings: Readonly<Record<string, string>> = {
  sub: "The person. Stable for this number, and tells nobody the number.",
  acr: "How strong: aal1 is one factor, aal2 two different ones.",
  amr: "How it was proved: sms is a text, tel a call, otp WhatsApp.",
  auth_time: "When the code was checked. A step-up makes it fresh.",
  exp: "Until when backends accept this token.",
  iat: "When this token was made.",
  sid: "The session. Signing out ends it.",
  iss: "Who made the token: this Worker.",
  aud: "For whom it is made. Backends refuse another audience’s.",
  client_id: "Which app the person signed in to.",
  jti: "The name of this very token.",
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
    value: shown(name, payload[name]),
    meaning: meanings[name] ?? "",
  }));
}

/** Shown, not trusted: only whoever verifies the signature may believe it. */
function payloadOf(token: string): Readonly<Record<string, unknown>> {
  const [, part = ""] = token.split(".");
  const bytes = Uint8Array.from(atob(part.replaceAll("-", "+").replaceAll("_", "/")), (character) =>
    character.charCodeAt(0),
  );
  const payload: unknown = JSON.parse(new TextDecoder().decode(bytes));
  return typeof payload === "object" && payload !== null ? { ...payload } : {};
}

function shown(name: string, value: unknown): string {
  if (times.has(name) && typeof value === "number")
    return `${value} (${new Date(value * 1000).toLocaleTimeString()})`;
  return typeof value === "string" ? value : JSON.stringify(value);
}

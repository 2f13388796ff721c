import type { JsonObject } from "./json.ts";

const text = (description: string): JsonObject => ({ description, schema: { type: "string" } });

const headers = {
  "X-Request-Id": {
    description: "Names the request in the log.",
    schema: { type: "string", format: "uuid" },
  },
  Location: {
    description: "The verification that was started.",
    schema: { type: "string", format: "uri" },
  },
  "Set-Cookie": text(
    "`__Host-phonegate`, the refresh token where no script can read it; or its end.",
  ),
  "Retry-After": {
    description: "Seconds to wait.",
    schema: { type: "integer", minimum: 1 },
  },
  RateLimit: text(
    "What is left of the address's window, and when it begins anew (draft-ietf-httpapi-ratelimit-headers-11).",
  ),
  "RateLimit-Policy": text("The address's window: how many in how many seconds."),
  "WWW-Authenticate": text("What is asked for (RFC 6750 §3, RFC 9470)."),
  Allow: text("The methods of this path."),
  "Cache-Control": text("How long it may be kept."),
  "Content-Security-Policy": text("What the page may do."),
} as const satisfies Record<string, JsonObject>;

export type HeaderName = keyof typeof headers;

export const headerComponents: JsonObject = headers;

/** Headers of one answer. `always` are those that it never lacks. */
export function headersOf(
  always: readonly HeaderName[],
  sometimes: readonly HeaderName[],
): JsonObject {
  const entries = [
    ...always.map((name) => [name, true] as const),
    ...sometimes.filter((name) => !always.includes(name)).map((name) => [name, false] as const),
  ];
  return Object.fromEntries(
    entries.map(([name, required]) => [
      name,
      // A reference has no room for `required`.
      required ? { ...headers[name], required } : { $ref: `#/components/headers/${name}` },
    ]),
  );
}

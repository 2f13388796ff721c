import type { JsonObject } from "./json.ts";

const text = (description: string): JsonObject => ({ description, schema: { type: "string" } });

const headers = {
  "X-Request-Id": {
    description: "The identifier of the request in the log.",
    schema: { type: "string", format: "uuid" },
  },
  Location: {
    description: "The address of the new verification.",
    schema: { type: "string", format: "uri" },
  },
  "Set-Cookie": text(
    "`__Host-phonegate`: sets the cookie with the refresh token, which no script can read, or deletes it.",
  ),
  "Retry-After": {
    description: "Seconds to wait.",
    schema: { type: "integer", minimum: 1 },
  },
  RateLimit: text(
    "What is left of the address's rate limit, and when it is reset (draft-ietf-httpapi-ratelimit-headers-11).",
  ),
  "RateLimit-Policy": text("The address's rate limit: the quota and its window in seconds."),
  "WWW-Authenticate": text("The challenge: what the request must bring (RFC 6750 §3, RFC 9470)."),
  Allow: text("The methods that this path supports."),
  "Cache-Control": text("How long the answer may be cached."),
  "Content-Security-Policy": text("The restrictions on the page."),
} as const satisfies Record<string, JsonObject>;

export type HeaderName = keyof typeof headers;

export const headerComponents: JsonObject = headers;

/** Returns the headers of one answer. Every such answer has the headers in `always`. */
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
      // A `$ref` cannot have `required` next to it.
      required ? { ...headers[name], required } : { $ref: `#/components/headers/${name}` },
    ]),
  );
}

import { channels } from "../contract/channels.ts";
import { isProblemCode, problemTypes, type ProblemCode } from "../problem.ts";
import type { JsonObject } from "./json.ts";
import type { HeaderName } from "./headers.ts";

interface ProblemShape {
  /** Members in addition to those of every problem. */
  readonly members?: JsonObject;
  readonly optionalMembers?: JsonObject;
  readonly headers?: readonly HeaderName[];
  readonly optionalHeaders?: readonly HeaderName[];
}

const suggestedChannels: JsonObject = {
  description: "Channels that may work instead.",
  type: "array",
  items: { type: "string", enum: [...channels] },
};
const challenged = { headers: ["WWW-Authenticate"] } as const;
const delayed = { headers: ["Retry-After"] } as const;

/** The additional members and headers. A problem that is not listed has none. */
const shapes: { readonly [Code in ProblemCode]?: ProblemShape } = {
  invalid_request: {
    members: {
      errors: {
        description: "Each wrong field. The path is empty if the body as a whole is wrong.",
        type: "array",
        minItems: 1,
        items: {
          type: "object",
          properties: { path: { type: "string" }, message: { type: "string" } },
          required: ["path", "message"],
          additionalProperties: false,
        },
      },
    },
  },
  channel_unavailable: { members: { suggested_channels: suggestedChannels } },
  wrong_code: {
    members: {
      attempts_remaining: {
        description: "How many more wrong codes the verification accepts before it is exhausted.",
        type: "integer",
        minimum: 0,
        maximum: 4,
      },
      verification_status: { type: "string", const: "pending" },
    },
  },
  provider_rejected: {
    members: { provider_code: { description: "Twilio's error code.", type: "integer" } },
  },
  rate_limited: {
    optionalMembers: {
      policy: {
        description:
          "The rate limit of the caller's address that is used up. Absent if another limit refused.",
        type: "string",
      },
    },
    headers: ["Retry-After"],
    optionalHeaders: ["RateLimit", "RateLimit-Policy"],
  },
  invalid_token: challenged,
  invalid_service_key: challenged,
  insufficient_user_authentication: challenged,
  send_budget_exhausted: delayed,
  store_unavailable: delayed,
  provider_unavailable: delayed,
  method_not_allowed: { headers: ["Allow"] },
};

export const problemCodes = Object.keys(problemTypes).filter(isProblemCode);

export const problemSchemaName = (code: ProblemCode): string => `problem_${code}`;

export const problemRef = (code: ProblemCode): JsonObject => ({
  $ref: `#/components/schemas/${problemSchemaName(code)}`,
});

export function problemHeaders(code: ProblemCode): Readonly<{
  always: readonly HeaderName[];
  sometimes: readonly HeaderName[];
}> {
  const { headers = [], optionalHeaders = [] } = shapes[code] ?? {};
  return { always: headers, sometimes: optionalHeaders };
}

/** Returns one schema for each problem. `code` distinguishes them (RFC 9457). */
export function problemSchemas(): JsonObject {
  return Object.fromEntries(problemCodes.map((code) => [problemSchemaName(code), schemaOf(code)]));
}

function schemaOf(code: ProblemCode): JsonObject {
  const { status, title, cure } = problemTypes[code];
  const { members = {}, optionalMembers = {} } = shapes[code] ?? {};
  const common: JsonObject = {
    type: {
      description: "The address of a page that explains the cure.",
      type: "string",
      format: "uri",
      pattern: `/problems/${code}$`,
    },
    title: { type: "string", const: title },
    status: { type: "integer", const: status },
    detail: { description: "A sentence for developers.", type: "string" },
    code: { type: "string", const: code },
    request_id: {
      description: "The identifier of the request, as in `X-Request-Id` and in the log.",
      type: "string",
    },
  };
  return {
    title: code,
    description: cure,
    type: "object",
    properties: { ...common, ...members, ...optionalMembers },
    required: [...Object.keys(common), ...Object.keys(members)],
    additionalProperties: false,
  };
}

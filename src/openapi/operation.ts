import type { ProblemCode } from "../problem.ts";
import type { ContractSchema } from "./fields.ts";
import type { HeaderName } from "./headers.ts";

export const tags = {
  Verifications: "Prove that a person holds a phone: send a code, judge it.",
  Sessions: "What a right code has opened: refresh it, look at it, end it.",
  Proofs: "Second factor and confirmation, for an app's own backend.",
  Operator: "What the guard against fraud sees, and its levers.",
  Service: "Keys, health, and what explains the rest.",
} as const;
export type Tag = keyof typeof tags;

/** Schemes of which one is enough; `none` is a caller without any. */
export type Security = "none" | "accessToken" | "serviceKey" | "refreshCookie";

/** What an answer that is no problem looks like. */
export interface Answer {
  readonly description: string;
  /** One of these, as JSON. */
  readonly schemas?: readonly ContractSchema[];
  /** A body that is not of the contract. */
  readonly mediaType?: "text/html" | "application/json";
  readonly headers?: readonly HeaderName[];
  readonly optionalHeaders?: readonly HeaderName[];
}

/** One route of the Worker: its row of the one table that says what it takes and answers. */
export interface Operation {
  readonly id: string;
  readonly method: "get" | "post" | "delete";
  readonly path: string;
  readonly tag: Tag;
  readonly summary: string;
  readonly description: string;
  readonly security: readonly Security[];
  /** Of the components' parameters, beside those of the path. */
  readonly headers?: readonly ("idempotencyKey" | "twilioSignature")[];
  readonly body?: {
    readonly schema: ContractSchema | "form";
    readonly required: boolean;
    readonly description?: string;
  };
  readonly answers: { readonly [status: number]: Answer };
  /** Every problem that it can answer, whatever its status. */
  readonly problems: readonly ProblemCode[];
  /** Headers that some problems of a status have here beside their own. */
  readonly problemHeaders?: { readonly [status: number]: readonly HeaderName[] };
  /** Served from a file, without the Worker. */
  readonly asset?: true;
}

/** Every route of the Worker. */
export const anywhere = ["headers_too_large", "internal_error"] as const satisfies ProblemCode[];
/** Every route that needs the settings. */
export const configured = [...anywhere, "not_configured"] as const satisfies ProblemCode[];
/** Every route that changes something, and may be called by pages of listed origins. */
export const guarded = [...configured, "origin_not_allowed"] as const satisfies ProblemCode[];
/** What reading a JSON body can end with. */
export const jsonBody = [
  "invalid_request",
  "unsupported_media_type",
  "payload_too_large",
] as const satisfies ProblemCode[];

import type { ProblemCode } from "../problem.ts";
import type { ContractSchema } from "./fields.ts";
import type { HeaderName } from "./headers.ts";

export const tags = {
  Verifications: "Prove that the user holds a phone: send a code and check it.",
  Sessions: "Refresh, read and end the session that a right code opened.",
  Proofs: "Second factor and confirmation of actions, for an app's backend.",
  Users: "Ask who holds a token and who has a number, for an app's backend.",
  Operator: "Read the fraud guard's state and override it.",
  Service: "Public keys, health and documentation.",
} as const;
export type Tag = keyof typeof tags;

/** A caller needs one of the listed schemes. `none`: a caller may send no credential. */
export type Security = "none" | "accessToken" | "serviceKey" | "serviceKeyBasic" | "refreshCookie";

/** An answer that is not a problem document. */
export interface Answer {
  readonly description: string;
  /** The JSON body has one of these schemas. */
  readonly schemas?: readonly ContractSchema[];
  /** A body without a schema of the contract. */
  readonly mediaType?: "text/html" | "application/json";
  readonly headers?: readonly HeaderName[];
  readonly optionalHeaders?: readonly HeaderName[];
}

/** One route of the Worker: its parameters, its body and all its answers. */
export interface Operation {
  readonly id: string;
  readonly method: "get" | "post" | "delete";
  readonly path: string;
  readonly tag: Tag;
  readonly summary: string;
  readonly description: string;
  readonly security: readonly Security[];
  /** Parameters of the components, in addition to those of the path. */
  readonly headers?: readonly ("idempotencyKey" | "twilioSignature")[];
  readonly body?: {
    readonly schema: ContractSchema | "form";
    readonly required: boolean;
    readonly description?: string;
    /** JSON where it is left out. */
    readonly mediaType?: "application/x-www-form-urlencoded";
  };
  readonly answers: { readonly [status: number]: Answer };
  /** Every problem that the route can answer, of every status. */
  readonly problems: readonly ProblemCode[];
  /** Further headers that some problems of a status have on this route. */
  readonly problemHeaders?: { readonly [status: number]: readonly HeaderName[] };
  /** Cloudflare serves it from a file, without running the Worker. */
  readonly asset?: true;
}

/** The problems of every route. */
export const anywhere = ["headers_too_large", "internal_error"] as const satisfies ProblemCode[];
/** The problems of every route that needs the settings. */
export const configured = [...anywhere, "not_configured"] as const satisfies ProblemCode[];
/** The problems of every route that changes something and that pages of listed origins may call. */
export const guarded = [...configured, "origin_not_allowed"] as const satisfies ProblemCode[];
/** The problems of a JSON body. */
export const jsonBody = [
  "invalid_request",
  "unsupported_media_type",
  "payload_too_large",
] as const satisfies ProblemCode[];

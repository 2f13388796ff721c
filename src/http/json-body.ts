import type { Context } from "hono";
import * as v from "valibot";
import { decodeJson } from "../lib/json.ts";
import { redact } from "../lib/log.ts";
import { readCapped } from "../lib/read-capped.ts";
import { Problem } from "../problem.ts";

const maxBodyBytes = 8 * 1024;

type ObjectSchema = v.StrictObjectSchema<v.ObjectEntries, undefined>;

/**
 * Reads the request's JSON body and validates it. Throws `unsupported_media_type`, `payload_too_large`
 * (before parsing) and `invalid_request`.
 *
 * @param options.optional treats a missing body as `{}`. @default false
 */
export async function readJsonBody<Schema extends ObjectSchema>(
  c: Context,
  schema: Schema,
  { optional = false } = {},
): Promise<v.InferOutput<Schema>> {
  const { headers, body } = c.req.raw;
  const declaredBytes = Number(headers.get("Content-Length") ?? 0);
  if (declaredBytes > maxBodyBytes) throw new Problem("payload_too_large");
  const type = headers.get("Content-Type");
  if (optional && type === null && (await isEmpty(body))) return parse(schema, {});
  // Only a JSON type makes a browser send a preflight request. Encodings are refused because of
  // decompression bombs.
  if (!/^application\/json\s*(;|$)/i.test(type ?? "") || headers.has("Content-Encoding"))
    throw new Problem("unsupported_media_type");
  const bytes = await readUpload(body);
  if (optional && bytes.length === 0) return parse(schema, {});
  return parse(schema, parseJson(bytes));
}

async function isEmpty(body: ReadableStream<Uint8Array> | null): Promise<boolean> {
  return (await read(body, 0)) !== "too_large";
}

/** Returns the body's bytes, at most 8 KiB. Throws `payload_too_large`. */
export async function readUpload(body: ReadableStream<Uint8Array> | null): Promise<Uint8Array> {
  const bytes = await read(body, maxBodyBytes);
  if (bytes === "too_large") throw new Problem("payload_too_large");
  return bytes;
}

/**
 * If the body breaks off, the caller is the cause, so it is `invalid_request` and not an internal
 * error.
 */
async function read(
  body: ReadableStream<Uint8Array> | null,
  maxBytes: number,
): Promise<Uint8Array | "too_large"> {
  try {
    return await readCapped(body, maxBytes);
  } catch {
    throw invalidRequest([{ path: "", message: "broke off" }]);
  }
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return decodeJson(bytes);
  } catch {
    throw invalidRequest([{ path: "", message: "must be JSON" }]);
  }
}

function parse<Schema extends ObjectSchema>(schema: Schema, input: unknown): v.InferOutput<Schema> {
  // Valibot accepts an array as an object.
  if (typeof input !== "object" || input === null || Array.isArray(input))
    throw invalidRequest([{ path: "", message: "must be an object" }]);
  const unknown = unknownFields(schema, input);
  if (unknown.length > 0) throw invalidRequest(unknown);
  const outcome = v.safeParse(schema, input);
  if (outcome.success) return outcome.output;
  throw invalidRequest(
    outcome.issues.map((issue) => ({
      path: v.getDotPath(issue) ?? "",
      // Valibot's own message for a missing key repeats the received value, so it is replaced.
      message: issue.type === "strict_object" ? "is missing" : issue.message,
    })),
  );
}

/** Valibot tests keys with `in`, which also finds `__proto__` and `toString`. */
function unknownFields(schema: ObjectSchema, input: object): FieldError[] {
  return Object.keys(input)
    .filter((key) => !Object.hasOwn(schema.entries, key))
    .slice(0, 10)
    .map((key) => ({ path: redact(key.slice(0, 64)), message: "is not a field of this request" }));
}

interface FieldError {
  readonly path: string;
  readonly message: string;
}

/** Returns the problem 400 that names each wrong field. An empty `path` means the whole body. */
export function invalidRequest(errors: readonly FieldError[]): Problem {
  const detail = errors.map(({ path, message }) => `${path || "the body"} ${message}`).join("; ");
  return new Problem("invalid_request", detail, { members: { errors } });
}

import { dereference, validate, type Schema } from "@cfworker/json-schema";
import { openApiDocument, operations } from "../../src/openapi/document.ts";
import { problemHeaders } from "../../src/openapi/problems.ts";
import type { Operation } from "../../src/openapi/operation.ts";
import { isProblemCode, problemTypes, type ProblemCode } from "../../src/problem.ts";

interface Header {
  readonly $ref?: string;
  readonly required?: boolean;
}
interface ResponseObject {
  readonly headers?: Readonly<Record<string, Header>>;
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}
interface Document {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly responses: Record<string, ResponseObject> }>>>
  >;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly headers: Readonly<Record<string, { readonly schema: Schema }>>;
  };
}

/** The document as it is served, without undefined values. */
export const document = JSON.parse(JSON.stringify(openApiDocument("0.0.0"))) as Document;

/** Headers that must be in the document if an answer has them. */
const documentedHeaders = [
  "Location",
  "Set-Cookie",
  "Retry-After",
  "RateLimit",
  "RateLimit-Policy",
  "WWW-Authenticate",
  "Allow",
];
/** Problems that every path may answer, even an unknown one. */
const beforeAnyRoute: readonly ProblemCode[] = [
  "not_found",
  "method_not_allowed",
  "headers_too_large",
  "internal_error",
  "not_configured",
  "origin_not_allowed",
];

/** Every schema of answers by its name, in addition to the referenced schemas. */
const named: Record<string, Schema> = {};
for (const [name, { schema }] of Object.entries(document.components.headers))
  named[headerKey(name)] = schema;
for (const { path, method } of operations)
  for (const [status, { content = {} }] of Object.entries(responsesOf(path, method)))
    for (const [mediaType, { schema }] of Object.entries(content))
      named[bodyKey(method, path, status, mediaType)] = schema;
const problemSchema = (code: ProblemCode) => document.components.schemas[`problem_${code}`];
const lookup = dereference({
  $id: "https://phonegate.invalid/openapi.json",
  components: { schemas: document.components.schemas },
  $defs: named,
});

function headerKey(name: string): string {
  return `header ${name}`;
}
function bodyKey(...parts: readonly (string | number)[]): string {
  return parts.join(" ");
}
function responsesOf(path: string, method: string): Readonly<Record<string, ResponseObject>> {
  return document.paths[path]?.[method]?.responses ?? {};
}

/** This validator interprets schemas. workerd refuses validators that compile them. */
function errorsOf(value: unknown, schema: Schema | undefined): string[] {
  if (schema === undefined) return ["has no schema"];
  const { valid, errors } = validate(value, schema, "2020-12", lookup, false);
  return valid ? [] : errors.map(({ instanceLocation, error }) => `${instanceLocation} ${error}`);
}

/** Returns the operation of a method and a path, as the router finds it. */
function operationOf(method: string, path: string): Operation | undefined {
  const parts = path.split("/");
  const fits = operations.filter((operation) => {
    const template = operation.path.split("/");
    return (
      operation.method === method.toLowerCase() &&
      template.length === parts.length &&
      template.every((part, index) =>
        part.startsWith("{") ? parts[index] !== "" : part === parts[index],
      )
    );
  });
  // `/v1/sessions/current` wins over `/v1/sessions/{session_id}`.
  return fits.toSorted((one, two) => parametersIn(one) - parametersIn(two))[0];
}

const parametersIn = ({ path }: Operation): number => path.split("{").length - 1;

const decoded = (path: string): string => {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
};

/**
 * Returns the parts of a Worker's answer that are not documented: status, type, body, headers or
 * problem code.
 */
export async function undocumented(request: Request, response: Response): Promise<string[]> {
  const path = decoded(new URL(request.url).pathname);
  if (request.method === "OPTIONS" && response.status === 204) return [];
  const isHead = request.method === "HEAD";
  const operation = operationOf(isHead ? "GET" : request.method, path);
  const about = operation ? `${operation.id} (${request.method} ${operation.path})` : "no route";
  const text = isHead ? undefined : await response.clone().text();
  const found =
    operation === undefined
      ? undocumentedWithoutRoute(response, text)
      : undocumentedOfRoute(operation, response, text);
  return found.map((what) => `${about} answers ${response.status}: ${what}`);
}

function undocumentedWithoutRoute(response: Response, text: string | undefined): string[] {
  if (text === undefined) return [];
  const { code, value } = readProblem(text);
  if (code === undefined) return [`not a problem: ${response.headers.get("Content-Type")}`];
  const unknown = beforeAnyRoute.includes(code) ? [] : [`the code ${code} is not in the document`];
  return [...unknown, ...undocumentedProblem(code, value, response)];
}

function undocumentedOfRoute(
  operation: Operation,
  response: Response,
  text: string | undefined,
): string[] {
  const { status, headers } = response;
  const described = responsesOf(operation.path, operation.method)[String(status)];
  const mediaType = (headers.get("Content-Type") ?? "").split(";")[0] ?? "";
  const code = text === undefined ? undefined : readProblem(text).code;
  if (described === undefined)
    return [
      `the status${code === undefined ? "" : ` with the code ${code}`} is not in the document`,
    ];
  const found = headersUndocumented(described, headers);
  if (text === undefined) return found;
  if (mediaType === "application/problem+json") {
    if (code === undefined) return [...found, "the problem has no code"];
    if (!operation.problems.includes(code))
      return [...found, `the code ${code} is not in the document`];
    found.push(...undocumentedProblem(code, JSON.parse(text), response));
  }
  const { content = {} } = described;
  if (text === "" && Object.keys(content).length === 0) return found;
  if (content[mediaType] === undefined)
    return [...found, `the type ${mediaType} is not in the document`];
  if (!mediaType.endsWith("json")) return found;
  const schema = named[bodyKey(operation.method, operation.path, status, mediaType)];
  return [...found, ...errorsOf(JSON.parse(text), schema)];
}

function undocumentedProblem(code: ProblemCode, value: unknown, response: Response): string[] {
  const missing = problemHeaders(code).always.filter((name) => !response.headers.has(name));
  return [
    ...missing.map((name) => `${code} lacks the header ${name}`),
    ...(response.status === problemTypes[code].status ? [] : [`${code} has another status`]),
    ...errorsOf(value, problemSchema(code)),
  ];
}

function readProblem(text: string): { code: ProblemCode | undefined; value: unknown } {
  try {
    const value = JSON.parse(text) as { code?: unknown };
    const code =
      typeof value.code === "string" && isProblemCode(value.code) ? value.code : undefined;
    return { code, value };
  } catch {
    return { code: undefined, value: undefined };
  }
}

function headersUndocumented(described: ResponseObject, headers: Headers): string[] {
  const known = Object.entries(described.headers ?? {});
  const missing = known
    .filter(([name, header]) => header.required === true && !headers.has(name))
    .map(([name]) => `the header ${name} is missing`);
  const unknown = documentedHeaders
    .filter((name) => headers.has(name) && !known.some(([header]) => header === name))
    .map((name) => `the header ${name} is not in the document`);
  const wrong = known.flatMap(([name]) => {
    const value = headers.get(name);
    const schema = named[headerKey(name)];
    if (value === null || schema === undefined) return [];
    const read = schema.type === "integer" ? Number(value) : value;
    return errorsOf(read, schema).map((error) => `the header ${name} ${error}`);
  });
  return [...missing, ...unknown, ...wrong];
}

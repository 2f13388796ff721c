import { problemTypes, type ProblemCode } from "../problem.ts";
import { answerExamples, problemExample, requestExamples } from "./examples.ts";
import { guardOperations } from "./guard.ts";
import { headerComponents, headersOf } from "./headers.ts";
import { present, type JsonObject } from "./json.ts";
import { tags, type Answer, type Operation, type Security } from "./operation.ts";
import {
  problemCodes,
  problemHeaders,
  problemRef,
  problemSchemaName,
  problemSchemas,
} from "./problems.ts";
import { lockOperations } from "./locks.ts";
import { proofOperations } from "./proofs.ts";
import { anyObject, contractSchemas, schemaRef } from "./schemas.ts";
import { serviceOperations } from "./service.ts";
import { sessionOperations } from "./sessions.ts";
import { verificationOperations } from "./verifications.ts";

/** Every route, in the order of the page. A new resource brings its table. */
export const operations: readonly Operation[] = [
  ...verificationOperations,
  ...sessionOperations,
  ...proofOperations,
  ...guardOperations,
  ...lockOperations,
  ...serviceOperations,
];

const description = `Phone sign-in at the edge. A sign-in is two requests: **send a code**, **check the code**.

JSON in and out, \`snake_case\`; unknown fields are refused. Times are ISO 8601 in UTC, lengths of time are seconds. Errors are problem documents (RFC 9457): \`code\` says which, \`type\` leads to a page that says what cures it. Any path that is not here is 404 \`not_found\`, any method that is not here 405 \`method_not_allowed\`.

**Try it here.** Send a code to \`+12015550123\`, read it (with \`npm start\` on the twin's phone), check it with the \`id\` of the first answer, press *Authorize* and paste the \`access_token\`.`;

/** The viewer puts the cursor into the last one. */
const securitySchemes: JsonObject = {
  refreshCookie: {
    type: "apiKey",
    in: "cookie",
    name: "__Host-phonegate",
    description: "Set by a check with `transport: cookie`; the browser sends it by itself.",
  },
  serviceKey: {
    type: "http",
    scheme: "bearer",
    bearerFormat: "sk_…",
    description: "A key of the app's own backend, for backends alone.",
  },
  accessToken: {
    type: "http",
    scheme: "bearer",
    bearerFormat: "JWT",
    description: "The `access_token` of a check or a refresh.",
  },
};

const parameters: JsonObject = {
  id: {
    name: "id",
    in: "path",
    required: true,
    description: "The `id` of the answer that has started it.",
    schema: { type: "string" },
  },
  session_id: {
    name: "session_id",
    in: "path",
    required: true,
    description: "A `session_id` of the list.",
    schema: { type: "string" },
  },
  code: {
    name: "code",
    in: "path",
    required: true,
    description: "A problem's `code`.",
    schema: { type: "string", enum: problemCodes },
  },
  twilioSignature: {
    name: "X-Twilio-Signature",
    in: "header",
    description: "Twilio's signature of the callback.",
    schema: { type: "string" },
  },
  idempotencyKey: {
    name: "Idempotency-Key",
    in: "header",
    description:
      "A UUID of your own. The same key with the same body answers the same verification, and nothing is sent again.",
    schema: { type: "string", pattern: "^[A-Za-z0-9_-]{22,255}$" },
  },
};

/** The OpenAPI 3.1 document. Nothing in it depends on where or when it is made. */
export function openApiDocument(version: string): JsonObject {
  return {
    openapi: "3.1.0",
    info: {
      title: "Phonegate",
      version,
      description,
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    tags: Object.entries(tags).map(([name, about]) => ({ name, description: about })),
    paths: paths(),
    components: {
      schemas: { ...contractSchemas(), ...problemSchemas() },
      headers: headerComponents,
      parameters,
      securitySchemes,
    },
  };
}

function paths(): JsonObject {
  const byPath: Record<string, JsonObject> = {};
  for (const operation of operations)
    byPath[operation.path] = {
      ...byPath[operation.path],
      [operation.method]: operationObject(operation),
    };
  return byPath;
}

function operationObject(operation: Operation): JsonObject {
  const { id, tag, summary, description: about } = operation;
  return present({
    operationId: id,
    tags: [tag],
    summary,
    description: about,
    security: operation.security.map(requirement),
    parameters: parametersOf(operation),
    requestBody: requestBody(operation),
    responses: responses(operation),
  });
}

const requirement = (security: Security): JsonObject =>
  security === "none" ? {} : { [security]: [] };

function parametersOf({ path, headers = [] }: Operation): JsonObject[] | undefined {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? "");
  names.push(...headers);
  if (names.length === 0) return undefined;
  return names.map((name) => ({ $ref: `#/components/parameters/${name}` }));
}

function requestBody({ id, body }: Operation): JsonObject | undefined {
  if (body === undefined) return undefined;
  const { schema, required, description: about } = body;
  const content: JsonObject =
    schema === "form"
      ? { "application/x-www-form-urlencoded": { schema: anyObject } }
      : {
          "application/json": present({
            schema: schemaRef(schema),
            examples: requestExamples(id),
          }),
        };
  return present({ description: about, required, content });
}

function responses(operation: Operation): JsonObject {
  const problemStatuses = operation.problems.map((code) => problemTypes[code].status);
  const statuses = new Set([...Object.keys(operation.answers).map(Number), ...problemStatuses]);
  return Object.fromEntries(
    [...statuses]
      .toSorted((one, two) => one - two)
      .map((status) => [String(status), response(operation, status)]),
  );
}

function response(operation: Operation, status: number): JsonObject {
  const answer = operation.answers[status];
  const codes = operation.problems.filter((code) => problemTypes[code].status === status);
  const content = {
    ...(answer && answerContent(operation, status, answer)),
    ...(codes.length > 0 && { "application/problem+json": problemContent(codes) }),
  };
  const described = [answer?.description, codes.map((code) => `\`${code}\``).join(", ")];
  return present({
    description: described.filter(Boolean).join(" "),
    headers: responseHeaders(operation, status, codes),
    content: Object.keys(content).length > 0 ? content : undefined,
  });
}

function answerContent(
  { id }: Operation,
  status: number,
  { schemas, mediaType }: Answer,
): JsonObject {
  if (mediaType === "text/html") return { [mediaType]: { schema: { type: "string" } } };
  if (mediaType !== undefined) return { [mediaType]: { schema: anyObject } };
  if (schemas === undefined) return {};
  const refs = schemas.map(schemaRef);
  const schema = refs.length === 1 ? refs[0] : { oneOf: refs };
  return { "application/json": present({ schema, examples: answerExamples(id, status) }) };
}

function problemContent(codes: readonly ProblemCode[]): JsonObject {
  const refs = codes.map(problemRef);
  const mapping = Object.fromEntries(
    codes.map((code) => [code, `#/components/schemas/${problemSchemaName(code)}`]),
  );
  const schema =
    refs.length === 1 ? refs[0] : { oneOf: refs, discriminator: { propertyName: "code", mapping } };
  const examples = Object.fromEntries(
    codes.map((code) => [code, { value: problemExample(code) }] as const),
  );
  return present({ schema, examples });
}

/** A header that only some of the answers with this status have is there sometimes. */
function responseHeaders(
  { asset, answers, problemHeaders: more = {} }: Operation,
  status: number,
  codes: readonly ProblemCode[],
): JsonObject {
  const kinds = codes.map(problemHeaders);
  const answer = answers[status];
  if (answer !== undefined)
    kinds.push({ always: answer.headers ?? [], sometimes: answer.optionalHeaders ?? [] });
  const own = kinds.flatMap(({ always, sometimes }) => [...always, ...sometimes]);
  const named = [...new Set([...own, ...(more[status] ?? [])])];
  const always = named.filter((name) => kinds.every((kind) => kind.always.includes(name)));
  if (asset === true) return headersOf(always, named);
  return headersOf(["X-Request-Id", ...always], named);
}

import { problemTypes, type ProblemCode } from "../problem.ts";
import { answerExamples, problemExample, requestExamples } from "./examples.ts";
import { deadLetterOperations } from "./dead-letters.ts";
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
import { userOperations } from "./users.ts";
import { verificationOperations } from "./verifications.ts";

/** Every route, in the order of the page. A new resource adds its table here. */
export const operations: readonly Operation[] = [
  ...verificationOperations,
  ...sessionOperations,
  ...proofOperations,
  ...userOperations,
  ...guardOperations,
  ...lockOperations,
  ...deadLetterOperations,
  ...serviceOperations,
];

const description = `Phone sign-in at the edge. A sign-in is two requests: **send a code**, **check the code**.

Requests and answers are JSON in \`snake_case\`. Unknown fields are refused. Times are ISO 8601 in UTC, durations are in seconds. Errors are problem documents (RFC 9457): \`code\` names the problem, and \`type\` is the address of a page that explains the cure. A path that this document does not list is 404 \`not_found\`, and a method that it does not list is 405 \`method_not_allowed\`.

**Try it here.** Send a code to \`+12015550123\` and read it (with \`npm start\` on the twin's phone). Check it with the \`id\` of the first answer. Then press *Authorize* and paste the \`access_token\`.`;

/** The viewer puts the cursor into the last scheme. */
const securitySchemes: JsonObject = {
  refreshCookie: {
    type: "apiKey",
    in: "cookie",
    name: "__Host-phonegate",
    description: "A check with `transport: cookie` sets it. The browser sends it automatically.",
  },
  serviceKey: {
    type: "http",
    scheme: "bearer",
    bearerFormat: "sk_…",
    description: "A key of the app's backend. Only backends may hold it.",
  },
  serviceKeyBasic: {
    type: "http",
    scheme: "basic",
    description: "The same key: the client id as user name, the key as password.",
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
    description: "The `id` in the answer to the start.",
    schema: { type: "string" },
    example: "vrf_AfwwzpmnJtB6mB3kQx",
  },
  sub: {
    name: "sub",
    in: "path",
    required: true,
    description: "The `sub` of the tokens: `usr_…`, or the name that a backend has given.",
    schema: { type: "string" },
    example: "usr_zoaoVuYSiE9uL6JNCPbvTIwhcZ42VAtn2NRw-sCExw0",
  },
  session_id: {
    name: "session_id",
    in: "path",
    required: true,
    description: "A `session_id` from the list of sessions.",
    schema: { type: "string" },
    example: "ses_Cyp6qUtdlrADrIoQ0dnBuA",
  },
  code: {
    name: "code",
    in: "path",
    required: true,
    description: "A problem's `code`.",
    schema: { type: "string", enum: problemCodes },
    example: "wrong_code",
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
      "A UUID that the caller generates. A retry with the same key and the same body gets the same verification, and no second message is sent.",
    schema: { type: "string", pattern: "^[A-Za-z0-9_-]{22,255}$" },
  },
};

/** Returns the OpenAPI 3.1 document. It depends only on the version. */
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
  const { schema, required, description: about, mediaType = "application/json" } = body;
  const content: JsonObject =
    schema === "form"
      ? { "application/x-www-form-urlencoded": { schema: anyObject } }
      : {
          [mediaType]: present({
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

/**
 * Returns the headers of one status. A header is required only if every answer with this status has
 * it.
 */
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

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { Validator } from "@seriousme/openapi-schema-validator";
import { Validator as SchemaValidator, type Schema } from "@cfworker/json-schema";
import { expect, it } from "vitest";
import { openApiDocument, operations } from "../../src/openapi/document.ts";
import { problemCodes } from "../../src/openapi/problems.ts";

type Media = { readonly schema: Schema; readonly examples?: Record<string, { value: unknown }> };
type Content = Record<string, Media>;
interface Operation {
  readonly requestBody?: { readonly content: Content };
  readonly responses: Record<string, { readonly content?: Content }>;
}
interface Document {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, Schema> };
}
const document = JSON.parse(JSON.stringify(openApiDocument("1.2.3"))) as Document;

it("the document is valid OpenAPI 3.1", async () => {
  const validator = new Validator();
  expect(await validator.validate(structuredClone({ ...document }))).toEqual({ valid: true });
  expect(validator.version).toBe("3.1");
});

it("the validator refuses an operation without answers and a broken reference", async () => {
  const broken = structuredClone({ ...document }) as unknown as {
    paths: Record<string, Record<string, { responses?: unknown }>>;
  };
  broken.paths["/healthz"]!.get!.responses = "none";
  expect(await new Validator().validate(broken)).toMatchObject({ valid: false });
});

it("each reference has a target", () => {
  const references = [...JSON.stringify(document).matchAll(/"(#\/components\/[^"]+)"/g)];
  const lost = references
    .map(([, reference = ""]) => reference)
    .filter((reference) => {
      let place: unknown = document;
      for (const part of reference.split("/").slice(1))
        place = (place as Record<string, unknown> | undefined)?.[part];
      return place === undefined;
    });
  expect(lost).toEqual([]);
  expect(references.length).toBeGreaterThan(100);
});

/** Reads the folder, so that a file that the document misses is found. */
async function exportsOfContract(): Promise<[string, unknown][]> {
  const folder = join(import.meta.dirname, "../../src/contract");
  const modules = readdirSync(folder).map(
    (file) => import(join(folder, file)) as Promise<Record<string, unknown>>,
  );
  return (await Promise.all(modules)).flatMap((module) => Object.entries(module));
}

const hasEntries = (value: unknown): value is { readonly entries: object } =>
  typeof value === "object" &&
  value !== null &&
  "entries" in value &&
  typeof value.entries === "object" &&
  value.entries !== null;

it("each object of the contract is a schema of the document, with all its fields and no others", async () => {
  const objects = (await exportsOfContract()).flatMap(([name, schema]) =>
    hasEntries(schema)
      ? [[name.charAt(0).toUpperCase() + name.slice(1), Object.keys(schema.entries)] as const]
      : [],
  );
  const { schemas } = document.components;
  const described = Object.entries(schemas)
    .filter(([name]) => !name.startsWith("problem_"))
    .map(([name, { properties = {} }]) => [name, Object.keys(properties)] as const);
  expect(new Map(described)).toEqual(new Map(objects));
  expect(described.length).toBeGreaterThan(10);
});

it("each field of the contract and each problem has a description", () => {
  const silent = Object.entries(document.components.schemas).flatMap(
    ([name, { properties = {}, description }]) =>
      name.startsWith("problem_")
        ? description
          ? []
          : [name]
        : Object.entries(properties)
            .filter(([, property]) => typeof property === "boolean" || !property.description)
            .map(([field]) => `${name}.${field}`),
  );
  expect(silent).toEqual([]);
});

it("each example fits its schema", () => {
  const { components } = document;
  const wrong = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, { requestBody, responses }]) =>
      [requestBody, ...Object.values(responses)].flatMap((part) =>
        Object.values(part?.content ?? {}).flatMap(({ schema, examples = {} }) => {
          const validator = new SchemaValidator({ ...schema, components }, "2020-12");
          return Object.entries(examples)
            .filter(([, { value }]) => !validator.validate(value).valid)
            .map(([name]) => `${method} ${path} ${name}`);
        }),
      ),
    ),
  );
  expect(wrong).toEqual([]);
});

it("no route names a problem twice, and every problem that the Worker answers has a route", () => {
  for (const { id, problems } of operations)
    expect([id, new Set(problems).size]).toEqual([id, problems.length]);
  const answered = new Set(operations.flatMap(({ problems }) => problems));
  expect(problemCodes.filter((code) => !answered.has(code))).toEqual([
    // Backends answer it, through the client's middleware.
    "insufficient_user_authentication",
    // The document describes only existing methods.
    "method_not_allowed",
  ]);
});

it("operations have unique names and paths", () => {
  const routes = operations.map(({ method, path }) => `${method} ${path}`);
  expect(new Set(routes).size).toBe(routes.length);
  expect(new Set(operations.map(({ id }) => id)).size).toBe(routes.length);
});

/** Returns every object in a value with its path, without examples. */
function objectsIn(value: unknown, path = ""): [string, Record<string, unknown>][] {
  if (typeof value !== "object" || value === null) return [];
  const inner = Object.entries(value)
    .filter(([name]) => name !== "examples")
    .flatMap(([name, each]) => objectsIn(each, `${path}/${name}`));
  return [[path, { ...value }], ...inner];
}

// Client generators fail on the following (test/foreign-clients runs some of them).
it("each constant and each list of values names its type and has no quotes or line breaks", () => {
  const fixed = objectsIn(document).filter(([, node]) => "const" in node || "enum" in node);
  expect(fixed.length).toBeGreaterThan(50);
  for (const [path, node] of fixed) {
    const values = [node.enum ?? node.const].flat();
    const type = { string: "string", number: "integer", boolean: "boolean" }[
      typeof values[0] as "string" | "number" | "boolean"
    ];
    expect([path, node.type]).toEqual([path, type]);
    for (const value of values) expect(String(value)).not.toMatch(/['"`\\\n]/);
  }
});

it("no field of a request has a default, because client generators treat it as always present", () => {
  const { schemas } = document.components;
  const withDefault = objectsIn(schemas).filter(([, node]) => "default" in node);
  expect(withDefault.map(([path]) => path)).toEqual([]);
  const { required, properties } = schemas.StartRequest!;
  expect(required ?? []).toEqual([]);
  expect(properties?.channel).toMatchObject({ description: expect.stringContaining("`sms`") });
});

it("an object without listed fields allows additional properties", () => {
  const silent = objectsIn(document).filter(
    ([, node]) =>
      node.type === "object" && !("properties" in node) && !("additionalProperties" in node),
  );
  expect(silent.map(([path]) => path)).toEqual([]);
});

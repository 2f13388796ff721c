import { toJsonSchema, type JsonSchema } from "@valibot/to-json-schema";
import { contract } from "./contract.ts";
import { fieldDescriptions, type ContractSchema } from "./fields.ts";
import type { JsonObject } from "./json.ts";

/** Said aloud: generators of clients take an object without properties for one that has none. */
export const anyObject = { type: "object", additionalProperties: true } as const;

const isContractSchema = (name: string): name is ContractSchema =>
  Object.hasOwn(fieldDescriptions, name);

/** `startRequest` of the contract is `StartRequest` of the document. */
const schemaName = (name: ContractSchema): string => name.charAt(0).toUpperCase() + name.slice(1);

export const schemaRef = (name: ContractSchema): JsonObject => ({
  $ref: `#/components/schemas/${schemaName(name)}`,
});

/** The contract's objects as JSON Schema 2020-12, each field with what it means. */
export function contractSchemas(): { readonly [name: string]: JsonSchema } {
  // In our own order: a module's names come in another one from each bundler.
  const exported = new Map(Object.entries(contract));
  const schemas = Object.keys(fieldDescriptions).flatMap((name) => {
    const schema = exported.get(name);
    return isContractSchema(name) && schema !== undefined && "kind" in schema
      ? [[schemaName(name), described(name, convert(schema))] as const]
      : [];
  });
  return Object.fromEntries(schemas);
}

function described(name: ContractSchema, converted: JsonSchema): JsonSchema {
  const { $schema: _dialect, required = [], properties = {}, ...schema } = converted;
  const meanings = new Map(Object.entries(fieldDescriptions[name]));
  const fields = Object.entries(properties).map(([field, property]) => [
    field,
    typeof property === "object" ? fieldOf(meanings.get(field), property) : property,
  ]);
  return {
    ...schema,
    properties: Object.fromEntries(fields),
    ...(required.length > 0 && { required }),
  };
}

/**
 * A default is told in words: generators of clients (openapi-typescript) take a field with a default
 * for one that is always there, also in a request.
 */
function fieldOf(
  meaning: string | undefined,
  { default: left, ...property }: JsonSchema,
): JsonSchema {
  const description =
    typeof left === "string" ? `${meaning} Where it is left out: \`${left}\`.` : meaning;
  return { ...(description !== undefined && { description }), ...property };
}

function convert(schema: Parameters<typeof toJsonSchema>[0]): JsonSchema {
  return toJsonSchema(schema, {
    target: "draft-2020-12",
    // What a caller writes, before it is put into our own spelling.
    typeMode: "input",
    overrideSchema: ({ valibotSchema, jsonSchema }) => {
      // The one `custom` of the contract: any object.
      if (valibotSchema.type === "custom") return anyObject;
      if (valibotSchema.type !== "literal") return undefined;
      return { type: jsonSchema.const === true ? "boolean" : "string", ...jsonSchema };
    },
    overrideAction: ({ valibotAction, jsonSchema }) => {
      switch (valibotAction.type) {
        // Rules that JSON Schema has no words for: the descriptions and the Worker have.
        case "check":
        case "to_upper_case":
        // JSON Schema reads a pattern as if it had the flag `u`, which the converter complains of.
        case "regex":
          return jsonSchema;
        // So many bytes are at most so many characters.
        case "max_bytes":
          return "requirement" in valibotAction && typeof valibotAction.requirement === "number"
            ? { ...jsonSchema, maxLength: valibotAction.requirement }
            : undefined;
        default:
          return undefined;
      }
    },
  });
}

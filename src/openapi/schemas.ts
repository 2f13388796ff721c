import { toJsonSchema, type JsonSchema } from "@valibot/to-json-schema";
import { contract } from "./contract.ts";
import { fieldDescriptions, type ContractSchema } from "./fields.ts";
import type { JsonObject } from "./json.ts";

/**
 * `additionalProperties` is explicit, because client generators read an object without properties
 * as empty.
 */
export const anyObject = { type: "object", additionalProperties: true } as const;

const isContractSchema = (name: string): name is ContractSchema =>
  Object.hasOwn(fieldDescriptions, name);

/** Returns the document's name of a contract schema: `StartRequest` for `startRequest`. */
const schemaName = (name: ContractSchema): string => name.charAt(0).toUpperCase() + name.slice(1);

export const schemaRef = (name: ContractSchema): JsonObject => ({
  $ref: `#/components/schemas/${schemaName(name)}`,
});

/** Returns the contract's objects as JSON Schema 2020-12, with a description for each field. */
export function contractSchemas(): { readonly [name: string]: JsonSchema } {
  // Iterates in the order of `fieldDescriptions`: the order of a module's exports depends on the
  // bundler.
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
 * Moves a default into the description. Client generators such as openapi-typescript treat a field
 * with a default as always present, even in a request.
 */
function fieldOf(
  meaning: string | undefined,
  { default: defaultValue, ...property }: JsonSchema,
): JsonSchema {
  const description =
    typeof defaultValue === "string" ? `${meaning} Default: \`${defaultValue}\`.` : meaning;
  return { ...(description !== undefined && { description }), ...property };
}

function convert(schema: Parameters<typeof toJsonSchema>[0]): JsonSchema {
  return toJsonSchema(schema, {
    target: "draft-2020-12",
    // The schema of what a caller sends, before the Worker normalises it.
    typeMode: "input",
    overrideSchema: ({ valibotSchema, jsonSchema }) => {
      // The contract has one `custom` schema, and it accepts any object.
      if (valibotSchema.type === "custom") return anyObject;
      if (valibotSchema.type !== "literal") return undefined;
      return { type: typeof jsonSchema.const === "boolean" ? "boolean" : "string", ...jsonSchema };
    },
    overrideAction: ({ valibotAction, jsonSchema }) => {
      switch (valibotAction.type) {
        // JSON Schema cannot express these rules. The descriptions name them, and the Worker checks
        // them.
        case "check":
        case "to_upper_case":
        // JSON Schema reads every pattern with the flag `u`. The converter warns about patterns
        // without it.
        case "regex":
          return jsonSchema;
        // A text has at most as many characters as bytes.
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

import { toJsonSchema, type JsonSchema } from "@valibot/to-json-schema";
import { contract } from "./contract.ts";
import { fieldDescriptions, type ContractSchema } from "./fields.ts";
import type { JsonObject } from "./json.ts";

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
    typeof property === "object" ? { description: meanings.get(field), ...property } : property,
  ]);
  return {
    ...schema,
    properties: Object.fromEntries(fields),
    ...(required.length > 0 && { required }),
  };
}

function convert(schema: Parameters<typeof toJsonSchema>[0]): JsonSchema {
  return toJsonSchema(schema, {
    target: "draft-2020-12",
    // What a caller writes, before it is put into our own spelling.
    typeMode: "input",
    // The one `custom` of the contract: any object.
    overrideSchema: ({ valibotSchema }) =>
      valibotSchema.type === "custom" ? { type: "object" } : undefined,
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

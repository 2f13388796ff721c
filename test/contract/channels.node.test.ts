import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { amrOf, channels } from "../../src/contract/channels.ts";
import { problemSchemaName, problemSchemas } from "../../src/openapi/problems.ts";
import { inboxChannels } from "../../src/twin/inbox.ts";

const read = (path: string) => readFileSync(join(import.meta.dirname, "../..", path), "utf8");

/** The words between backticks of a row of `docs/settings.md`. */
const codesOf = (setting: string) => {
  const row = read("docs/settings.md")
    .split("\n")
    .find((line) => line.startsWith(`| \`${setting}\``));
  return [...(row ?? "").matchAll(/`([^`]+)`/g)].map(([, code]) => code);
};

describe("each channel", () => {
  it("is a channel of the twin, and the twin has no other", () => {
    expect(new Set(inboxChannels)).toEqual(new Set(channels));
  });

  it("has a name on the twin's phone", () => {
    const [, names = ""] =
      /const CHANNELS = \{([^}]*)\}/.exec(read("src/twin/phone/thread.js")) ?? [];
    const named = [...names.matchAll(/(\w+): "[^"]+"/g)].map(([, channel]) => channel);
    expect(new Set(named)).toEqual(new Set(channels));
  });

  it("is named by the page of the settings", () => {
    expect(codesOf("CHANNELS")).toEqual(expect.arrayContaining([...channels]));
  });

  it("may be suggested by a problem of the OpenAPI document", () => {
    expect(problemSchemas()[problemSchemaName("channel_unavailable")]).toMatchObject({
      properties: { suggested_channels: { items: { enum: [...channels] } } },
    });
  });

  it("has an authentication method that the demo explains", () => {
    const [, meaning = ""] = /amr: "([^"]*)"/.exec(read("src/client/browser/demo/claims.ts")) ?? [];
    const words = meaning.split(/\W+/);
    expect(words).toEqual(expect.arrayContaining(channels.map(amrOf)));
  });
});

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleElement, bundleForBrowsers } from "../../../src/cli/browser-bundle.ts";
import { servedLanguages } from "../../../src/cli/served-languages.ts";
import { english } from "../../../src/client/browser/sign-in/texts.ts";
import { checkTypes } from "./client-types.ts";
import { driveServers } from "./example-servers.ts";
import { createProject, filesOf, packClient, root, type PackedClient } from "./packed-client.ts";

const gzipBytes = (text: string): number => gzipSync(text, { level: 9 }).byteLength;

describe("the client", () => {
  it("is at most 4 KiB minified and compressed", async () => {
    const client = await bundleForBrowsers(join(root, "src/client/index.ts"));
    expect(gzipBytes(client)).toBeLessThanOrEqual(4 * 1024);
    expect(client).not.toMatch(/\bfrom\s*["']|\bimport\s*["'(]/);
  });

  it("is at most 16,104 bytes together with the element", async () => {
    const entry = join(root, "src/client/browser/sign-in/script.ts");
    const element = await bundleElement(entry, await servedLanguages());
    expect(gzipBytes(element)).toBeLessThanOrEqual(16_104);
    expect(element).not.toMatch(/\bfrom\s*["']|\bimport\s*["'(]/);
    expect(element).not.toMatch(/https?:\/\/(?!www\.w3\.org\/2000\/svg|id\.example\.com)/);
  });
});

let packed: PackedClient;
// A slow machine must not fail the tests.
beforeAll(async () => {
  packed = await packClient();
}, 120_000);
afterAll(() => packed.remove());

describe("the package phonegate-client", () => {
  it("passes publint without suggestions", async () => {
    const tarball = await readFile(packed.tarball);
    const { messages, pkg } = await publint({ pack: { tarball: bytesOf(tarball) }, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });

  it("passes arethetypeswrong for each entry, in each way in which TypeScript resolves it", async () => {
    const bytes = new Uint8Array(await readFile(packed.tarball));
    const analysis = await checkPackage(createPackageFromTarballData(bytes));
    if (analysis.types === false) throw new Error("it has no types");
    expect(analysis.problems).toEqual([]);
    const { exports } = JSON.parse(
      await readFile(join(packed.folder, "built", "package.json"), "utf8"),
    ) as { exports: Record<string, unknown> };
    expect(Object.keys(analysis.entrypoints).toSorted()).toEqual(Object.keys(exports).toSorted());
    for (const { resolutions } of Object.values(analysis.entrypoints))
      expect(Object.keys(resolutions)).toEqual(["node10", "node16-cjs", "node16-esm", "bundler"]);
  });

  it("has jose as its only dependency, and its browser entries have none", async () => {
    const { client, node } = await createProject(packed, "empty");
    const manifest = JSON.parse(await readFile(join(client, "package.json"), "utf8")) as object;
    expect(manifest).toMatchObject({ dependencies: { jose: expect.stringMatching(/^\^6\./) } });
    expect(await filesOf(client)).toEqual(
      expect.arrayContaining(["LICENSE", "README.md", "cjs", "esm", "package.json", "verify"]),
    );
    // In this project jose is not installed, and Node has no custom elements.
    const imported = `
      const { createPhonegate } = await import("phonegate-client");
      const { PhonegateSignIn, createPhonegate: same } = await import("phonegate-client/sign-in");
      console.log(typeof createPhonegate, createPhonegate === same, PhonegateSignIn.name);`;
    expect(await node("--input-type=module", "-e", imported)).toBe(
      "function true PhonegateSignIn\n",
    );
    // The element's texts are also for a page's own screen. Importing them does not load the
    // element.
    const words = `
      const { PhonegateError } = await import("phonegate-client");
      const { loadWording } = await import("phonegate-client/texts");
      const wrong = new PhonegateError("wrong_code", 422, { attempts_remaining: 4 });
      const late = new PhonegateError("rate_limited", 429, {}, 90);
      for (const language of ["de-AT", "tlh"]) {
        const { texts, explain } = await loadWording(language);
        console.log([texts.send, explain(wrong), explain(late), explain(new Error())].join(" | "));
      }`;
    expect((await node("--input-type=module", "-e", words)).trimEnd().split("\n")).toEqual([
      "Weiter | Der Code ist falsch. Verbleibende Versuche: 4. | Zu viele Versuche. Wartezeit: 90 Sekunden. | Bei uns ist etwas schiefgegangen. Versuche es noch einmal.",
      "Continue | This code is wrong. Tries left: 4. | Too many tries. Please wait for 90 seconds. | Something went wrong on our side. Please try again.",
    ]);
    const required = `console.log(require("phonegate-client/sign-in").PhonegateSignIn.name)`;
    expect(await node("--input-type=commonjs", "-e", required)).toBe("PhonegateSignIn\n");
  });

  it("works with import and with require in Node, and refuses an unknown option", async () => {
    const { node, write } = await createProject(packed, "plain", { dependencies: ["jose"] });
    const use = `
      const phonegate = createPhonegate({ baseUrl: "https://id.example.com" });
      let unknown;
      try { createPhonegate({ baseURL: "https://id.example.com" }); } catch (error) { unknown = error; }
      phonegate.refresh().catch((refused) => console.log(
        refused instanceof PhonegateError, refused.code, unknown.name,
        [typeof createVerifier, typeof TokenError, typeof transactionHash].join(),
        [requireSession.length, express.requireSession.length, typeof express.sessionOf].join(),
      ));`;
    await write({
      "main.mjs": `
        import { createPhonegate, PhonegateError } from "phonegate-client";
        import { createVerifier, TokenError, transactionHash } from "phonegate-client/verify";
        import { requireSession } from "phonegate-client/hono";
        import * as express from "phonegate-client/express";
        ${use}`,
      "main.cjs": `
        const { createPhonegate, PhonegateError } = require("phonegate-client");
        const { createVerifier, TokenError, transactionHash } = require("phonegate-client/verify");
        const { requireSession } = require("phonegate-client/hono");
        const express = require("phonegate-client/express");
        ${use}`,
    });
    const printed = "true no_session TypeError function,function,function 1,1,function\n";
    expect(await node("main.mjs")).toBe(printed);
    expect(await node("main.cjs")).toBe(printed);
  });

  it("renders on a server with React, without the element and without a session", async () => {
    const { node, write } = await createProject(packed, "server rendering", {
      dependencies: ["react", "react-dom"],
    });
    const use = `
      const phonegate = createPhonegate({ baseUrl: "https://id.example.com", store: "local" });
      const Page = () => createElement("p", null, useSession(phonegate).kind, createElement(SignIn, { client: phonegate }));
      console.log(renderToString(createElement(Page)));`;
    await write({
      "main.mjs": `
        import { createElement } from "react";
        import { renderToString } from "react-dom/server";
        import { createPhonegate } from "phonegate-client";
        import { SignIn, useSession } from "phonegate-client/react";
        ${use}`,
      "main.cjs": `
        const { createElement } = require("react");
        const { renderToString } = require("react-dom/server");
        const { createPhonegate } = require("phonegate-client");
        const { SignIn, useSession } = require("phonegate-client/react");
        ${use}`,
    });
    for (const file of ["main.mjs", "main.cjs"]) expect(await node(file)).toBe("<p>loading</p>\n");
  });

  it("has each language of the element in a separate module, which is loaded when it is needed", async () => {
    const { client, node } = await createProject(packed, "languages");
    for (const format of ["esm", "cjs"]) {
      const signIn = join(client, format, "client/browser/sign-in");
      const source = await readFile(join(signIn, "language-files.js"), "utf8");
      const loaded = [...source.matchAll(/"(\.\/languages\/[^"]+)"/g)].map(([, path = ""]) => path);
      expect(loaded.length).toBeGreaterThanOrEqual(3);
      for (const path of loaded) {
        const module = JSON.stringify(join(signIn, path));
        const print = `import(${module}).then(({ default: own }) => console.log(JSON.stringify(own.default ?? own)))`;
        const texts = JSON.parse(await node("-e", print)) as object;
        expect(Object.keys(texts)).toEqual(Object.keys(english));
      }
    }
  });

  checkTypes(() => packed);
});

driveServers(() => packed);

/** publint needs a separate buffer for each file, and Node shares one buffer among small files. */
function bytesOf(buffer: Buffer): ArrayBuffer {
  return new Uint8Array(buffer).buffer;
}

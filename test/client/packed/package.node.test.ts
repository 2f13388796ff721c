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
import { createProject, filesOf, packClient, root, type PackedClient } from "./packed-client.ts";

const gzipBytes = (text: string): number => gzipSync(text, { level: 9 }).byteLength;

describe("the client", () => {
  it("has at most 4 KiB when it is minified and compressed", async () => {
    const client = await bundleForBrowsers(join(root, "src/client/index.ts"));
    expect(gzipBytes(client)).toBeLessThanOrEqual(4 * 1024);
    expect(client).not.toMatch(/\bfrom\s*["']|\bimport\s*["'(]/);
  });

  it("has at most 15 KiB together with the element", async () => {
    const entry = join(root, "src/client/browser/sign-in/script.ts");
    const element = await bundleElement(entry, await servedLanguages());
    expect(gzipBytes(element)).toBeLessThanOrEqual(15 * 1024);
    expect(element).not.toMatch(/\bfrom\s*["']|\bimport\s*["'(]/);
    expect(element).not.toMatch(/https?:\/\/(?!www\.w3\.org\/2000\/svg|id\.example\.com)/);
  });
});

describe("the package phonegate-client", () => {
  let packed: PackedClient;
  beforeAll(async () => {
    packed = await packClient();
  });
  afterAll(() => packed.remove());

  it("passes publint, suggestions too", async () => {
    const tarball = await readFile(packed.tarball);
    const { messages, pkg } = await publint({ pack: { tarball: bytesOf(tarball) }, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });

  it("passes arethetypeswrong: each entry, by each way in which TypeScript resolves it", async () => {
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

  it("needs jose alone, and its browser entries need nothing", async () => {
    const { client, node } = await createProject(packed, "empty");
    const manifest = JSON.parse(await readFile(join(client, "package.json"), "utf8")) as object;
    expect(manifest).toMatchObject({ dependencies: { jose: expect.stringMatching(/^\^6\./) } });
    expect(await filesOf(client)).toEqual(
      expect.arrayContaining(["LICENSE", "README.md", "cjs", "esm", "package.json", "verify"]),
    );
    // No jose is installed here.
    const imported = `import("phonegate-client").then((entry) => console.log(typeof entry.createPhonegate))`;
    expect(await node("--input-type=module", "-e", imported)).toBe("function\n");
  });

  it("is imported and required by plain Node, and refuses an option that it does not know", async () => {
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

  it("has each language of the element in a module of its own, which is loaded when it is needed", async () => {
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

  describe("brings its types, for a strict project that checks every declaration", () => {
    const page = `
      import { createPhonegate, PhonegateError, type Session } from "phonegate-client";
      import { PhonegateSignIn } from "phonegate-client/sign-in";
      const signIn: PhonegateSignIn = document.createElement("phonegate-sign-in");
      signIn.addEventListener("phonegate:session", ({ detail }) => {
        const session: Session = detail;
        console.log(session.subject);
      });
      signIn.texts = { send: "Go" };
      signIn.client = createPhonegate({ baseUrl: "https://id.example.com", store: localStorage });
      const left = (error: unknown) =>
        error instanceof PhonegateError && error.code === "wrong_code" ? error.members : undefined;
      console.log(left);
      // @ts-expect-error: there is no such option
      createPhonegate({ baseUrl: "https://id.example.com", token: "" });
      // @ts-expect-error: there is no such channel
      void signIn.client.start({ to: "+1", channel: "fax" });`;
    const backend = `
      import { createVerifier, TokenError, transactionHash, type Verifier } from "phonegate-client/verify";
      const verifier: Verifier = createVerifier({ issuer: "https://id.example.com", clientId: "shop" });
      export async function subjectOf(token: string): Promise<string | undefined> {
        try {
          return (await verifier.verifyAccessToken(token, { maxAgeSeconds: 300 })).subject;
        } catch (error) {
          return error instanceof TokenError ? error.code : undefined;
        }
      }
      export const hash: Promise<string> = transactionHash({ payee: "ACME" });
      // @ts-expect-error: there is no such requirement
      void verifier.verifyAccessToken("", { maxAge: 300 });`;
    const dom = { lib: ["es2023", "dom"] };
    const node16 = { module: "node16", moduleResolution: "node16" };

    it.each([
      ["with a bundler", "ts", dom],
      ["as ES modules of Node", "mts", { ...dom, ...node16 }],
      ["as CommonJS of Node", "cts", { ...dom, ...node16 }],
    ])("%s", async (name, extension, options) => {
      const { typecheck, write } = await createProject(packed, `types ${name}`);
      await write({ [`page.${extension}`]: page, [`backend.${extension}`]: backend });
      await typecheck(options, `page.${extension}`, `backend.${extension}`);
    });

    it("in Express and Hono", async () => {
      const dependencies = ["@types/express", "@types/node", "hono"];
      const { typecheck, write } = await createProject(packed, "types of servers", {
        dependencies,
      });
      await write({
        "express.ts": `
          import express, { Router } from "express";
          import { requireSession, sessionOf } from "phonegate-client/express";
          import { createVerifier } from "phonegate-client/verify";
          const verifier = createVerifier({ issuer: "https://id.example.com" });
          const app = express().use(requireSession({ verifier }));
          app.get("/orders/:id", requireSession({ verifier, maxAgeSeconds: 300 }), (req, res) => {
            const subject: string = sessionOf(req).subject;
            res.json({ subject, id: req.params.id });
            // @ts-expect-error: there is no such parameter of the path
            res.json({ id: req.params.name });
          });
          app.use(Router().use(requireSession({ verifier })));
          // @ts-expect-error: there is no such option
          requireSession({ verifier, maxAge: 300 });`,
        "hono.ts": `
          import { Hono } from "hono";
          import { requireSession } from "phonegate-client/hono";
          import { createVerifier } from "phonegate-client/verify";
          const verifier = createVerifier({ issuer: "https://id.example.com" });
          new Hono().get("/me", requireSession({ verifier }), (c) => {
            const subject: string = c.var.session.subject;
            return c.json({ subject });
          });`,
      });
      // Hono's own declarations need more than Node's types.
      const options = { ...node16, lib: ["es2023"], types: ["node"], skipLibCheck: true };
      await typecheck(options, "express.ts", "hono.ts");
    });

    it("and the backends among the examples compile on Node", async () => {
      const dependencies = ["@types/node", "hono"];
      const { typecheck, write } = await createProject(packed, "examples on Node", {
        dependencies,
      });
      const names = ["password-login.ts", "money-transfer.ts"];
      for (const name of names)
        await write({ [name]: await readFile(join(root, "test/examples", name), "utf8") });
      const options = { ...node16, lib: ["es2023"], types: ["node"], skipLibCheck: true };
      await typecheck(options, ...names);
    });
  });
});

/** publint wants the buffer of a file of its own, and Node shares one among small files. */
function bytesOf(buffer: Buffer): ArrayBuffer {
  return new Uint8Array(buffer).buffer;
}

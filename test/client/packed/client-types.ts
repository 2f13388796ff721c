import { cp, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "vitest";
import { createProject, root, type PackedClient } from "./packed-client.ts";

export function checkTypes(packed: () => PackedClient): void {
  describe("has types that compile in a strict project that checks every declaration", () => {
    const page = `
      import { createPhonegate, PhonegateError, type Session } from "phonegate-client";
      import { PhonegateSignIn } from "phonegate-client/sign-in";
      import { loadWording, type Wording } from "phonegate-client/texts";
      const signIn: PhonegateSignIn = document.createElement("phonegate-sign-in");
      signIn.addEventListener("phonegate:session", ({ detail }) => {
        const session: Session = detail;
        console.log(session.subject);
      });
      signIn.texts = { send: "Go" };
      signIn.client = createPhonegate({ baseUrl: "https://id.example.com", store: localStorage });
      const left = (error: unknown) =>
        error instanceof PhonegateError && error.code === "wrong_code" ? error.attemptsRemaining : undefined;
      const triesLeft: number | undefined = left(undefined);
      const wait = (error: PhonegateError): number | undefined => error.retryAfterSeconds;
      console.log(triesLeft, wait);
      signIn.addEventListener("phonegate-proof", ({ detail }) => {
        const proof: string = detail.proof_token;
        console.log(proof);
      });
      signIn.addEventListener("phonegate-session", ({ detail }) => {
        const restored: boolean = detail.restored;
        console.log(restored);
      });
      const wording: Promise<Wording> = loadWording("de");
      void wording.then(({ explain, texts }) => console.log(explain(undefined), texts.send));
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
      const { typecheck, write } = await createProject(packed(), `types ${name}`);
      await write({ [`page.${extension}`]: page, [`backend.${extension}`]: backend });
      await typecheck(options, `page.${extension}`, `backend.${extension}`);
    });

    it("in JSX of React, templates of Vue and markup of Svelte", async () => {
      const dependencies = ["@types/react", "@types/react-dom", "csstype", "svelte", "vite", "vue"];
      const { folder, typecheck, write } = await createProject(packed(), "types of frameworks", {
        dependencies,
      });
      await cp(join(root, "test/examples/react/src"), join(folder, "src"), { recursive: true });
      const documentation = await readFile(join(root, "docs/frameworks.md"), "utf8");
      await write({
        "documented.tsx": /```tsx\n(.*?)```/s.exec(documentation)?.[1] ?? "",
        "react.tsx": `
          import { SignIn } from "phonegate-client/react";
          export const element = (
            <phonegate-sign-in
              base-url="https://id.example.com" store="local" lang="de" className="card"
              texts={{ send: "Go" }}
              onphonegate-session={({ detail }) => console.log(detail.subject)}
            />
          );
          export const component = (
            <SignIn baseUrl="https://id.example.com" onSession={({ subject }) => subject.length} />
          );
          export const secondFactor = (
            <SignIn verification="vrf_1" onProof={({ proof_token }) => proof_token.length} />
          );
          // @ts-expect-error: there is no such purpose
          export const purpose = <phonegate-sign-in purpose="two_factor" />;
          // @ts-expect-error: there is no such attribute
          export const attribute = <phonegate-sign-in colour="red" />;
          // @ts-expect-error: the detail of a step is its name
          export const step = <phonegate-sign-in onphonegate-step={({ detail }) => detail.subject} />;
          // @ts-expect-error: there is no such text
          export const text = <SignIn texts={{ sent: "Go" }} />;`,
        // Vue's language tools read props and events from the type of the component.
        "vue.ts": `
          import "phonegate-client/vue";
          import type { GlobalComponents } from "vue";
          type InTemplate = InstanceType<GlobalComponents["phonegate-sign-in"]>;
          export const props: InTemplate["$props"] = {
            baseUrl: "https://id.example.com", codeLength: 6, store: "local", lang: "de", texts: { send: "Go" },
          };
          export function listen(emit: InTemplate["$emit"], event: CustomEvent<"code">) {
            emit("phonegate-step", event);
            // @ts-expect-error: the detail of a proof is not a step
            emit("phonegate-proof", event);
            // @ts-expect-error: there is no such event
            emit("phonegate-sent", event);
          }
          // @ts-expect-error: there is no such purpose
          export const purpose: InTemplate["$props"] = { purpose: "two_factor" };
          // @ts-expect-error: there is no such text
          export const text: InTemplate["$props"] = { texts: { sent: "Go" } };`,
        "svelte.ts": `
          import "phonegate-client/svelte";
          import type { SvelteHTMLElements } from "svelte/elements";
          type Props = SvelteHTMLElements["phonegate-sign-in"];
          export const props: Props = {
            "base-url": "https://id.example.com", store: "local", lang: "de", texts: { send: "Go" },
            "onphonegate-session": ({ detail }) => console.log(detail.subject),
            "onphonegate-proof": ({ detail }) => console.log(detail.proof_token),
          };
          // @ts-expect-error: there is no such purpose
          export const purpose: Props = { purpose: "two_factor" };
          // @ts-expect-error: there is no such attribute
          export const attribute: Props = { "base-urll": "" };
          // @ts-expect-error: the detail of a step is its name
          export const step: Props = { "onphonegate-step": ({ detail }) => detail.subject };`,
      });
      const sources = ["documented.tsx", "react.tsx", "svelte.ts", "vue.ts"];
      const entries = ["src/entry-client.tsx", "src/entry-server.tsx"];
      const options = { ...dom, jsx: "react-jsx", types: ["vite/client"], skipLibCheck: true };
      await typecheck(options, ...sources, ...entries);
    });

    it("in Express and Hono, and for the backends among the examples, on Node", async () => {
      const dependencies = ["@types/express", "@types/node", "hono"];
      const { typecheck, write } = await createProject(packed(), "types of servers", {
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
      const examples = ["password-login.ts", "money-transfer.ts"];
      for (const name of examples)
        await write({ [name]: await readFile(join(root, "test/examples", name), "utf8") });
      // Hono's own declarations need more types than Node's.
      const options = { ...node16, lib: ["es2023"], types: ["node"], skipLibCheck: true };
      await typecheck(options, "express.ts", "hono.ts", ...examples);
    });
  });
}

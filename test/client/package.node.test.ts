// What another project gets: built, packed, installed into an empty folder, used by plain Node.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleElement, bundleForBrowsers } from "../../src/cli/browser-bundle.ts";
import { english } from "../../src/client/browser/sign-in/texts.ts";
import { servedLanguages } from "../../src/cli/served-languages.ts";

const root = join(import.meta.dirname, "../..");
const run = promisify(execFile);
const gzipBytes = (text: string): number => gzipSync(text, { level: 9 }).byteLength;

describe("the client", () => {
  it("has at most 4 KiB when it is minified and compressed", async () => {
    const client = await bundleForBrowsers(join(root, "src/client/index.ts"));
    expect(gzipBytes(client)).toBeLessThanOrEqual(4 * 1024);
    expect(client).not.toMatch(/\bfrom\s*["']|\bimport\s*["'(]/);
  });

  it("has at most 15 KiB together with the element", async () => {
    const entry = join(root, "src/client/browser/sign-in/sign-in.ts");
    const element = await bundleElement(entry, await servedLanguages());
    expect(gzipBytes(element)).toBeLessThanOrEqual(15 * 1024);
    expect(element).not.toMatch(/\bfrom\s*["']|\bimport\s*["'(]/);
    expect(element).not.toMatch(/https?:\/\/(?!www\.w3\.org\/2000\/svg|id\.example\.com)/);
  });
});

describe("the package phonegate-client", () => {
  let folder: string;
  let installed: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "phonegate-package-"));
    const built = join(folder, "built");
    installed = join(folder, "project", "node_modules", "phonegate-client");
    const { scripts } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    const [program, script = ""] = scripts["build:client"]?.split(" ") ?? [];
    expect(program).toBe("node");
    await run(process.execPath, [join(root, script), built], { cwd: folder });
    await run("npm", ["pack", "--silent", "--pack-destination", folder], { cwd: built });
    const tarball = (await readdir(folder)).find((name) => name.endsWith(".tgz")) ?? "";
    await mkdir(installed, { recursive: true });
    // What `npm install <tarball>` does for a package without dependencies.
    await run("tar", ["-xzf", join(folder, tarball), "--strip-components=1", "-C", installed]);
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("needs nothing else", async () => {
    const manifest = JSON.parse(await readFile(join(installed, "package.json"), "utf8")) as object;
    expect(Object.keys(manifest)).not.toContain("dependencies");
    expect(await readdir(installed)).toEqual(
      expect.arrayContaining(["LICENSE", "index.js", "package.json", "sign-in.js", "types"]),
    );
  });

  it("has each language in a file of its own, which the element loads when it is needed", async () => {
    const signIn = await readFile(join(installed, "sign-in.js"), "utf8");
    const loaded = [...signIn.matchAll(/import\("(\.[^"]+)"\)/g)].map(([, path = ""]) => path);
    expect(loaded.length).toBeGreaterThanOrEqual(3);
    for (const path of loaded) {
      const { default: texts } = (await import(join(installed, path))) as {
        default: Record<string, string>;
      };
      expect(Object.keys(texts)).toEqual(Object.keys(english));
    }
  });

  it("is imported by plain Node, and refuses an option that it does not know", async () => {
    const script = `
      import { createPhonegate, PhonegateError } from "phonegate-client";
      const phonegate = createPhonegate({ baseUrl: "https://id.example.com" });
      const refused = await phonegate.refresh().catch((error) => error);
      let unknown;
      try { createPhonegate({ baseURL: "https://id.example.com" }); } catch (error) { unknown = error; }
      console.log(refused instanceof PhonegateError, refused.code, unknown.name);
    `;
    const project = join(folder, "project");
    await writeFile(join(project, "main.mjs"), script);
    const { stdout } = await run(process.execPath, ["main.mjs"], { cwd: project });
    expect(stdout).toBe("true no_session TypeError\n");
  });

  it("brings its types, for a strict project with the DOM and nothing installed", async () => {
    const project = join(folder, "project");
    await writeFile(
      join(project, "page.ts"),
      `import { createPhonegate, PhonegateError, type Session } from "phonegate-client";
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
      void signIn.client.start({ to: "+1", channel: "fax" });`,
    );
    const options = {
      strict: true,
      noEmit: true,
      target: "es2022",
      module: "esnext",
      moduleResolution: "bundler",
      lib: ["es2023", "dom"],
      types: [],
      skipLibCheck: false,
    };
    await writeFile(
      join(project, "tsconfig.json"),
      JSON.stringify({ compilerOptions: options, files: ["page.ts"] }),
    );
    const typescript = createRequire(import.meta.url).resolve("typescript/package.json");
    const tsc = join(typescript, "..", "bin", "tsc");
    await run(process.execPath, [tsc, "-p", project]).catch((error: { stdout?: string }) => {
      throw new Error(error.stdout);
    });
  });
});

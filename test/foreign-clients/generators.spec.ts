// Generates clients from /openapi.json with third-party tools, compiles them, and signs in with
// them.
import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { transform } from "esbuild";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";

const [worker, twin] = [inject("worker"), inject("twin")];
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "phonegate-foreign-"));
  for (const name of ["package.json", "package-lock.json"])
    await cp(join(import.meta.dirname, name), join(folder, name));
  await run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
  const document = await fetch(`${worker}/openapi.json`);
  await writeFile(join(folder, "openapi.json"), await document.text());
});
afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

/** Runs a program in the folder. Rejects with all of its output when it fails. */
async function run(program: string, options: readonly string[]): Promise<string> {
  // On Windows npm is a script, so it needs a shell.
  const where = { cwd: folder, shell: process.platform === "win32", maxBuffer: 64 * 1024 * 1024 };
  const { stdout } = await promisify(execFile)(program, options, where).catch(
    (error: { stdout?: string; stderr?: string }) => {
      throw new Error(`${program} ${options.join(" ")}\n${error.stdout}\n${error.stderr}`);
    },
  );
  return stdout;
}

const tool = (path: string, ...options: readonly string[]): Promise<string> =>
  run(process.execPath, [join(folder, "node_modules", path), ...options]);

/** Compiles a program and the generated code as a strict project does, and runs it. */
async function use(name: string, program: string): Promise<string> {
  await writeFile(join(folder, name), program);
  const options = ["--strict", "--noEmit", "--skipLibCheck", "--target", "es2022"];
  const modules = ["--module", "esnext", "--moduleResolution", "bundler"];
  const more = ["--allowImportingTsExtensions", "--lib", "es2023,dom,dom.iterable"];
  await tool("typescript/bin/tsc", ...options, ...modules, ...more, name);
  return run(process.execPath, [join(folder, name), worker, twin]);
}

/** A function that reads the code from the twin's phone page. */
const codeOnPhone = `
  async function codeOnPhone(to: string): Promise<string> {
    const inbox = await fetch(\`\${process.argv[3]}/inbox.json?to=\${encodeURIComponent(to)}\`);
    const [newest] = (await inbox.json()) as { code: string }[];
    return newest?.code ?? "";
  }
  declare const process: { readonly argv: readonly string[] };`;

it("openapi-typescript's default output lets a start leave out what has a default", async () => {
  await tool("openapi-typescript/bin/cli.js", "openapi.json", "-o", "paths.ts");
  const said = await use(
    "with-openapi-fetch.ts",
    `import createClient from "openapi-fetch";
    import type { components, paths } from "./paths.ts";
    ${codeOnPhone}
    const shortest: components["schemas"]["StartRequest"] = { to: "+12015550150" };
    const client = createClient<paths>({ baseUrl: process.argv[2] });
    const started = await client.POST("/v1/verifications", { body: shortest });
    if (started.data === undefined) throw new Error(started.error.code);
    // The object of a transaction can have any members.
    const transfer: components["schemas"]["StartRequest"] = {
      to: "+1", purpose: "transaction", subject: "x", transaction: { payee: "ACME" },
    };
    const wrong = await client.POST("/v1/verifications/{id}/check", {
      params: { path: { id: started.data.id } },
      body: { code: "000000" },
    });
    if (wrong.error?.code === "wrong_code") console.log(wrong.error.attempts_remaining);
    const { data, error } = await client.POST("/v1/verifications/{id}/check", {
      params: { path: { id: started.data.id } },
      body: { code: await codeOnPhone("+12015550150") },
    });
    if (error !== undefined || !("subject" in data)) throw new Error(error?.code);
    console.log(data.subject, started.data.channel, started.data.purpose, typeof transfer);`,
  );
  expect(said).toMatch(/^4\nusr_\S+ sms sign_in object\n$/);
});

describe.each([
  ["8", "orval/dist/bin/orval.mjs"],
  ["7", "orval-7/dist/bin/orval.js"],
])("orval %s", (version, program) => {
  /** Generates one TypeScript module and resolves to its folder. */
  async function generate(client: string): Promise<string> {
    const target = `orval-${version}-${client}/client.ts`;
    const output = { target, client, mode: "single", baseUrl: worker };
    const config = { phonegate: { input: "./openapi.json", output } };
    const name = `orval-${version}-${client}.config.cjs`;
    await writeFile(join(folder, name), `module.exports = ${JSON.stringify(config)};`);
    await tool(program, "--config", name);
    return target;
  }

  it("generates a client that signs in", async () => {
    const target = await generate("fetch");
    const to = `+1201555015${version}`;
    const said = await use(
      `with-orval-${version}.ts`,
      `import { checkVerification, startVerification } from "./${target}";
      ${codeOnPhone}
      const started = await startVerification({ to: "${to}" });
      if (started.status !== 201) throw new Error(started.data.code);
      const { id } = started.data;
      const checked = await checkVerification(id, { code: await codeOnPhone("${to}") });
      if (checked.status !== 200 || !("subject" in checked.data)) throw new Error("refused");
      console.log(checked.data.subject);`,
    );
    expect(said).toMatch(/^usr_\S+\n$/);
  });

  it.each(["axios", "react-query", "swr", "zod", "angular"])(
    "generates valid TypeScript for %s",
    async (client) => {
      const made = join(folder, await generate(client), "..");
      const names = (await readdir(made)).filter((name) => name.endsWith(".ts"));
      expect(names.length).toBeGreaterThan(0);
      for (const name of names) {
        const source = await readFile(join(made, name), "utf8");
        await expect(transform(source, { loader: "ts" })).resolves.toBeDefined();
      }
    },
  );
});

// Vite builds the example apps with the packed client. A test serves and uses them.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { cp, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import {
  createProject,
  packClient,
  root,
  type PackedClient,
  type Project,
} from "../client/packed/packed-client.ts";
import { app, newestCode, openContext, startAt, worker } from "./browser.ts";

const { port } = new URL(app);
const vite = join(root, "node_modules", "vite", "bin", "vite.js");

let packed: PackedClient;
beforeAll(async () => {
  packed = await packClient();
});
afterAll(() => packed.remove());

async function install(name: string, dependencies: readonly string[]): Promise<Project> {
  const project = await createProject(packed, name, { dependencies: [...dependencies, "vite"] });
  await cp(join(root, "test", "examples", name), project.folder, { recursive: true });
  await project.write({ ".env": `VITE_PHONEGATE=${worker}\n` });
  return project;
}

/** Runs an npm script of the example with the programs in the project's own node_modules. */
async function runScript({ folder, node }: Project, name: string): Promise<void> {
  const { scripts } = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  for (const command of (scripts[name] ?? "").split(" && ")) {
    const [program, ...args] = command.split(" ");
    expect(program).toBe("vite");
    await node(vite, ...args);
  }
}

const types: Readonly<Record<string, string>> = { ".html": "text/html", ".js": "text/javascript" };

async function serveFiles(folder: string): Promise<void> {
  const server = createServer((request, response) => {
    const path = join(folder, request.url === "/" ? "index.html" : (request.url ?? ""));
    // Every browser requests /favicon.ico.
    const content = existsSync(path) ? readFileSync(path) : undefined;
    response.statusCode = content === undefined ? 204 : 200;
    response.setHeader("Content-Type", types[extname(path)] ?? "text/plain");
    response.end(content);
  });
  server.listen(Number(port), "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });
}

async function runServer({ folder }: Project): Promise<void> {
  const child = spawn(process.execPath, ["server.js"], {
    cwd: folder,
    env: { PATH: process.env.PATH, PORT: port },
    stdio: "inherit",
  });
  const ended = once(child, "exit");
  onTestFinished(async () => {
    child.kill();
    await ended;
  });
  while ((await fetch(app).catch(() => undefined)) === undefined) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
    await pause(50);
  }
}

async function openApp(): Promise<{ page: Page; logged: string[] }> {
  const { context } = await openContext();
  const page = await context.newPage();
  const logged: string[] = [];
  page.on("console", (message) => logged.push(`${message.type()}: ${message.text()}`));
  await page.goto(app);
  return { page, logged };
}

/** Checks the behavior that all apps have. */
async function use(national: string): Promise<void> {
  const { page, logged } = await openApp();
  await page.getByText("We send you a code by text.").waitFor();
  await startAt(page, national);
  await page.locator("#code").fill(await newestCode(`+1${national}`));
  await page.getByText("Hello usr_").waitFor();
  expect(logged).toContain("info: step code");
  expect(logged.filter((line) => !line.startsWith("info: "))).toEqual([]);
  await page.reload();
  await page.getByText("Hello usr_").waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.locator("phonegate-sign-in #number").waitFor();
}

describe("the example on React", () => {
  it("is rendered by a server, hydrated by the page, and signs a user in and out", async () => {
    const project = await install("react", ["react", "react-dom"]);
    await runScript(project, "build");
    await runServer(project);
    const html = await (await fetch(app)).text();
    expect(html).toContain('<div id="root"><main><h1>Shop</h1></main></div>');
    await use("2015551701");
  });
});

describe.each([
  ["vue", ["vue", "@vitejs/plugin-vue"], "2015551702"],
  ["svelte", ["svelte", "@sveltejs/vite-plugin-svelte"], "2015551703"],
])("the example on %s", (name, dependencies, national) => {
  it("signs a user in and out", async () => {
    const project = await install(name, dependencies);
    await runScript(project, "build");
    await serveFiles(join(project.folder, "dist"));
    await use(national);
  });
});

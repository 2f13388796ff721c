// Starts `npm start` in a copy of the project and a page on another origin, once for all browser
// tests.
import { createReadStream } from "node:fs";
import { appendFile, cp, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { spawn, type ChildProcess } from "node:child_process";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import type { TestProject } from "vitest/node";
import { devVarsText } from "../../src/cli/dev-vars.ts";
import { createFreshKeys } from "../../src/cli/keys.ts";
import { freePort } from "../helpers/free-port.ts";
import { networkAddress } from "./chromium.ts";
import { extensionOrigin, newExtensionKey } from "./extension.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Origins. */
    worker: string;
    twin: string;
    /**
     * The origin of a page that the Worker allows, and the origin of the same page under another
     * site's name.
     */
    shop: string;
    otherSite: string;
    /** The origin of another allowed page. Nothing listens there until a test serves an app. */
    app: string;
    /** The origins of the Worker and the app for a phone in the local network. */
    workerInNetwork: string;
    appInNetwork: string;
    /** The public key of a browser extension whose origin the Worker allows. */
    extensionKey: string;
    /** A backend's key for every purpose. */
    serviceKey: string;
    serviceClientId: string;
  }
}

const project = join(import.meta.dirname, "..", "..");
const example = join(project, "test", "examples", "plain", "index.html");

export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), "phonegate-browser-"));
  const [workerPort, twinPort, appPort] = [await freePort(), await freePort(), await freePort()];
  const worker = `http://127.0.0.1:${workerPort}`;
  const twin = `http://127.0.0.1:${twinPort}`;
  const pages = servePages(worker);
  await listening(pages, 0);
  const { port } = addressOf(pages);
  const [shop, otherSite] = [`http://127.0.0.1:${port}`, `http://localhost:${port}`];

  for (const name of ["package.json", "wrangler.toml", "src"])
    await cp(join(project, name), join(directory, name), {
      recursive: true,
      filter: (source) => !source.endsWith(".wrangler"),
    });
  await symlink(join(project, "node_modules"), join(directory, "node_modules"), "junction");
  const devVars = join(directory, ".dev.vars");
  const keys = await createFreshKeys();
  // All tests have one address, and send more than a developer does in an hour.
  const roomy = devVarsText(keys, twin)
    .replace(/^LIMIT_SEND_PER_IP=.*$/m, "LIMIT_SEND_PER_IP=5000/1h")
    .replace(/^LIMIT_CHECK_PER_IP=.*$/m, "LIMIT_CHECK_PER_IP=5000/1h");
  await writeFile(devVars, roomy);
  const extensionKey = newExtensionKey();
  const app = `http://127.0.0.1:${appPort}`;
  const workerInNetwork = worker.replace("127.0.0.1", networkAddress);
  const appInNetwork = app.replace("127.0.0.1", networkAddress);
  // `npm start -- --host` allows these origins. Pages of the network address are allowed on any
  // port.
  const origins = [shop, otherSite, app, extensionOrigin(extensionKey), workerInNetwork];
  await appendFile(devVars, `ALLOWED_ORIGINS=${origins.join(",")}\n`);

  const child = spawn(process.execPath, [join(directory, "src", "cli", "start.ts")], {
    cwd: directory,
    env: {
      PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
      HOME: directory,
      PORT: `${workerPort}`,
      TWIN_PORT: `${twinPort}`,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  await untilReady(child);
  provide("worker", worker);
  provide("twin", twin);
  provide("shop", shop);
  provide("otherSite", otherSite);
  provide("app", app);
  provide("workerInNetwork", workerInNetwork);
  provide("appInNetwork", appInNetwork);
  provide("extensionKey", extensionKey);
  provide("serviceKey", keys.service.key);
  provide("serviceClientId", keys.service.entry.client_id);

  return async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    child.once("exit", () => resolve());
    child.kill("SIGTERM");
    await promise;
    pages.closeAllConnections();
    pages.close();
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  };
}

/** Serves the example page, with the Worker's origin in it as its comment says. */
function servePages(worker: string): Server {
  return createServer((request, response) => {
    if (request.url?.startsWith("/empty")) {
      response.setHeader("Content-Type", "text/html; charset=utf-8");
      response.end(emptyPage(worker));
      return;
    }
    const { pathname, search } = new URL(request.url ?? "/", "http://shop");
    response.setHeader("Content-Type", "text/html; charset=utf-8");
    if (pathname === "/listening") {
      response.end(listeningPage(worker, decodeURIComponent(search.slice(1))));
      return;
    }
    let page = "";
    createReadStream(example, "utf8")
      .on("data", (text) => (page += String(text)))
      .on("end", () => response.end(page.replaceAll("http://127.0.0.1:8787", worker)));
  });
}

/** A page on which a test creates the element. The client's module is the global `phonegate`. */
const emptyPage = (worker: string): string => `<!doctype html>
<html lang="en">
<title>Empty</title>
<main><h1>Empty</h1></main>
<script type="module">
  import * as phonegate from "${worker}/elements/sign-in.js";
  globalThis.phonegate = phonegate;
</script>`;

/** A page with the element in its markup and a listener in a script after the element's. */
const listeningPage = (worker: string, attributes: string): string => `<!doctype html>
<html lang="en">
<title>Listening</title>
<script type="module" src="${worker}/elements/sign-in.js"></script>
<phonegate-sign-in ${attributes}></phonegate-sign-in>
<script type="module">
  globalThis.sessions = [];
  document.addEventListener("phonegate-session", ({ detail }) => sessions.push(detail));
</script>`;

async function listening(server: Server, port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(port, () => resolve());
  await promise;
}

function addressOf(server: Server): { port: number } {
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("no address");
  return address;
}

async function untilReady(child: ChildProcess): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (output.includes("Ctrl-C stops both.")) resolve();
    });
  child.once("exit", () => reject(new Error(`npm start ended:\n${output}`)));
  await promise;
}

// Serves the built app. The page is rendered at each request, and its assets are files.
import { createReadStream, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { render } from "./dist/server/entry-server.js";

const built = new URL("dist/client/", import.meta.url);
const template = readFileSync(new URL("index.html", built), "utf8");

createServer((request, response) => {
  const [asset] = /(?<=^\/)assets\/[\w.-]+\.js$/.exec(request.url ?? "") ?? [];
  if (asset === undefined) {
    response.setHeader("Content-Type", "text/html; charset=utf-8");
    response.end(template.replace("<!--app-->", render()));
    return;
  }
  response.setHeader("Content-Type", "text/javascript");
  createReadStream(new URL(asset, built))
    .on("error", () => response.writeHead(404).end())
    .pipe(response);
}).listen(Number(process.env.PORT ?? 5173), "127.0.0.1");

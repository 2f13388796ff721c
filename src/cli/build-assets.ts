// Makes the files that are served without the Worker. wrangler runs it before it serves or deploys
// (`[build]` in wrangler.toml), so that they are never older than their source.
import { join } from "node:path";
import { apiPage, openApi } from "./api-page.ts";
import { writeAssets } from "./assets.ts";
import { demoAssets, elementAssets } from "./element-assets.ts";

export async function buildAssets(target: string): Promise<void> {
  const kinds = [openApi(), apiPage(), elementAssets(), demoAssets()];
  await writeAssets(target, await Promise.all(kinds));
}

if (process.argv[1] === import.meta.filename)
  await buildAssets(join(import.meta.dirname, "..", "..", "dist", "assets"));

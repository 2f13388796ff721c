// `npm run build`: builds the Worker into dist, as `npm run deploy` would deploy it. Uploads
// nothing.
import { runAsScript, type Main } from "./command.ts";
import { byOurTools, prepareDeployment } from "./deployment.ts";

export const main: Main = async (_args, env, { directory, wrangler, complain }) => {
  const args = await prepareDeployment(directory, env);
  if (typeof args === "string") {
    complain(args);
    return 2;
  }
  return wrangler.show([...args, "--dry-run", "--outdir", "dist"], byOurTools);
};

await runAsScript(import.meta.filename, main);

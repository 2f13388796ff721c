// `npm run deploy`: builds, looks at everything, and deploys only what the doctor lets pass.
import { join } from "node:path";
import { parseArgs } from "node:util";
import { byOurTools, deploymentArguments } from "./deployment.ts";
import { examine } from "./doctor/examine.ts";
import { readPatient } from "./doctor/patient.ts";
import { exitCodeOf, type Row } from "./doctor/row.ts";
import { table } from "./doctor/table.ts";
import { exitCodeOfCommand } from "./whole-file.ts";
import { runWrangler, showWrangler } from "./wrangler.ts";

const directory = join(import.meta.dirname, "..", "..");

const usage = `Builds, runs the doctor on the deployment, and deploys when it finds no failure.
The settings come from deployment.vars, the secrets are Cloudflare's.

  npm run deploy

There is no --force: a Worker with a failure answers 503 or costs money.
`;

async function deploy(): Promise<number> {
  try {
    const { values } = parseArgs({
      args: process.argv.slice(2),
      options: { help: { type: "boolean", default: false } },
    });
    if (values.help) {
      console.log(usage);
      return 0;
    }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    console.error(`${error.message}\n\n${usage}`);
    return 2;
  }
  console.log("Building …");
  const deployment = await deploymentArguments(directory, process.env);
  const build = [...deployment, "--dry-run", "--outdir", "dist"];
  const built = await runWrangler(directory, build, { env: byOurTools });
  if (built.exitCode !== 0) {
    console.error(`The build fails:\n${built.said}`);
    return 1;
  }
  console.log("Asking the doctor …\n");
  const patient = await readPatient(directory, { kind: "production" }, process.env);
  if (typeof patient === "string") {
    console.error(patient);
    return 2;
  }
  const isFirstBuild = process.env.WORKERS_CI === "1";
  const found = await examine(patient, { fetch, now: Date.now });
  const rows = isFirstBuild ? found.map(forgiveUnset) : found;
  console.log(`${table(rows, process.stdout.isTTY)}\n`);
  if (exitCodeOf(rows) !== 0) {
    console.error("Not deployed. Mend what failed; `npm run setup` does most of it.");
    return 1;
  }
  return showWrangler(directory, deployment, byOurTools);
}

/**
 * Cloudflare's own builds, behind the deploy button, come before there are any settings: what is
 * merely unset is for the set-up page to tell. What is wrong is refused there as well.
 */
function forgiveUnset(row: Row): Row {
  return row.isUnset === true ? { ...row, status: "warning" } : row;
}

process.exitCode = await exitCodeOfCommand(deploy);

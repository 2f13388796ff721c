// `npm run deploy`: builds, runs the doctor, and deploys if the doctor finds no failure.
import { parseArgs } from "node:util";
import { runAsScript, type Main } from "./command.ts";
import { byOurTools, prepareDeployment } from "./deployment.ts";
import { examine } from "./doctor/examine.ts";
import { readPatient } from "./doctor/patient.ts";
import { exitCodeOf, type Row } from "./doctor/row.ts";
import { table } from "./doctor/table.ts";

const usage = `Builds, runs the doctor on the deployment, and deploys if it finds no failure.
The settings come from deployment.vars, the secrets are already at Cloudflare.

  npm run deploy

There is no --force: a Worker with a failure answers 503 or sends messages that you pay for.
`;

export const main: Main = async (args, env, io) => {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { help: { type: "boolean", default: false } },
    });
    if (values.help) {
      io.say(usage);
      return 0;
    }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    io.complain(`${error.message}\n\n${usage}`);
    return 2;
  }
  io.say("Building …");
  const deployment = await prepareDeployment(io.directory, env);
  if (typeof deployment === "string") {
    io.complain(deployment);
    return 2;
  }
  const build = [...deployment, "--dry-run", "--outdir", "dist"];
  const built = await io.wrangler.run(build, { env: byOurTools });
  if (built.exitCode !== 0) {
    io.complain(`The build failed:\n${built.output}`);
    return 1;
  }
  io.say("Running the doctor …\n");
  const patient = await readPatient(io, { kind: "production" }, env);
  if (typeof patient === "string") {
    io.complain(patient);
    return 2;
  }
  const isFirstBuild = env.WORKERS_CI === "1";
  const found = await examine(patient, { fetch, now: Date.now });
  const rows = isFirstBuild ? found.map(warnIfUnset) : found;
  io.say(`${table(rows, io.hasColours)}\n`);
  if (exitCodeOf(rows) !== 0) {
    io.complain("Not deployed. Correct the failures in the table above.");
    return 1;
  }
  return io.wrangler.show(deployment, byOurTools);
};

/**
 * Turns the failure of an unset setting into a warning. The deploy button starts Cloudflare's build
 * before there are any settings, and the set-up page then asks for them. A wrong value stays a
 * failure.
 */
function warnIfUnset(row: Row): Row {
  return row.isUnset === true ? { ...row, status: "warning" } : row;
}

await runAsScript(import.meta.filename, main);
